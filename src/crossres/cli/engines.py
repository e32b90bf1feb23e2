"""Where the cases of a cohort run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossres.workflows.cohort import Engine, Job, Outcomes


def engine_of(name: str, workers: int, scheduler: str | None, mem: float | None) -> Engine:
    """Return the engine that runs cases.

    Args:
        name: "local" or "dask".
        workers: Processes on this machine, at least 1.
        scheduler: Address or file of a Dask scheduler with workers of its own, or None.
        mem: Memory of this machine in GB that the cases may use together, by estimate; or None.

    Returns:
        The engine; it imports torch when it runs.

    Raises:
        SettingsError: A scheduler for another engine than Dask, or memory that cannot be limited.
        MissingPackageError: Dask is required and not installed, as in the containers.
    """
    from crossres.checks import require
    from crossres.types import SettingsError

    if scheduler is not None and name != "dask":
        raise SettingsError("--scheduler requires --engine dask; add that")
    if scheduler is not None and mem is not None:
        raise SettingsError("--mem is of this machine; leave it out, or --scheduler")
    if mem is not None and not mem > 0:
        raise SettingsError(f"`mem` is {mem:g}; give GB above 0")
    if name == "dask":
        require("dask", "`engine=dask`")

    def run(jobs: Sequence[Job]) -> Outcomes:
        from crossres.workflows.cohort import in_processes, on_dask, serially, workers_within

        count = workers if mem is None else workers_within(jobs, workers, mem)
        if name == "dask":
            return on_dask(jobs, count, scheduler)
        return serially(jobs) if count == 1 else in_processes(jobs, count)

    return run
