"""All cases of a BIDS dataset: a BIDS dataset in, BIDS derivatives out."""

from .cluster import on_dask
from .derivatives import initialise_derivatives, check_folders
from .job import Job, run_job
from .local import in_processes, serially
from .outcome import Outcome
from .pairs import Match, Wanted, find_matches
from .plan import Engine, Plan, Settings, check_settings, plan, run
from .summary import write_summary

__all__ = [
    "Engine",
    "Job",
    "Match",
    "Outcome",
    "Plan",
    "Settings",
    "Wanted",
    "begin",
    "check_folders",
    "check_settings",
    "find_matches",
    "in_processes",
    "on_dask",
    "plan",
    "run",
    "serially",
    "work",
    "write_summary",
]
