"""All cases of a BIDS dataset: a BIDS dataset in, BIDS derivatives out."""

from .case import run_job
from .cluster import on_dask
from .derivatives import check_folders, initialise_derivatives
from .job import Job
from .local import in_processes, serially
from .outcome import Outcome
from .pairs import Match, Selection, find_matches
from .plan import CohortSettings, Engine, Plan, check_settings, plan, run
from .summary import write_summary

__all__ = [
    "CohortSettings",
    "Engine",
    "Job",
    "Match",
    "Outcome",
    "Plan",
    "Selection",
    "check_folders",
    "check_settings",
    "find_matches",
    "in_processes",
    "initialise_derivatives",
    "on_dask",
    "plan",
    "run",
    "run_job",
    "serially",
    "write_summary",
]
