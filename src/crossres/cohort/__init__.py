"""Many cases: a BIDS dataset in, a BIDS dataset of sharpened scans out.

A case is one picklable value, a :class:`Job`, and one function, :func:`work`, that makes its files;
engines differ only in where they call it.
"""

from crossres.cohort.cluster import on_dask
from crossres.cohort.derivatives import begin, check_folders
from crossres.cohort.job import Job, work
from crossres.cohort.local import in_processes, serially
from crossres.cohort.outcome import Outcome
from crossres.cohort.pairs import Match, Wanted, find_matches
from crossres.cohort.plan import Engine, Plan, Settings, check_settings, plan, run
from crossres.cohort.summary import write_summary

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
