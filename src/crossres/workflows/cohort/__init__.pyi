"""All cases of a BIDS dataset: a BIDS dataset in, BIDS derivatives out."""

from .case import run_job
from .cluster import on_dask
from .derivatives import check_folders, initialise_derivatives, read_description
from .job import Job
from .local import in_processes, serially
from .memory import workers_within
from .names import Resolution, distinct_matches, output_volume
from .outcome import Outcome, Outcomes
from .pairs import Match, Selection, find_matches
from .plan import Engine, Plan, check_settings, plan, run, settled_cases
from .settings import CohortSettings
from .skull_stripping import SKULL_STRIPPED
from .summary import write_summary

__all__ = [
    "SKULL_STRIPPED",
    "CohortSettings",
    "Engine",
    "Job",
    "Match",
    "Outcome",
    "Outcomes",
    "Plan",
    "Resolution",
    "Selection",
    "check_folders",
    "check_settings",
    "distinct_matches",
    "find_matches",
    "in_processes",
    "initialise_derivatives",
    "on_dask",
    "output_volume",
    "plan",
    "read_description",
    "run",
    "run_job",
    "serially",
    "settled_cases",
    "workers_within",
    "write_summary",
]
