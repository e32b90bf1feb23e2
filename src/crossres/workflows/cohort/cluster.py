"""Cases on a Dask cluster: one of this machine, or any that a scheduler leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossres.types import SettingsError
from crossres.workflows.cohort.case import run_job
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.local import TRIES, beyond_ctrl_c
from crossres.workflows.cohort.outcome import Outcome, Outcomes

_SECONDS_TO_CONNECT = 20
# Dask starts its workers, and new ones for dead ones, from threads that nobody can block.
_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


def on_dask(jobs: Sequence[Job], workers: int, scheduler: str | None = None) -> Outcomes:
    """Do jobs on the workers of Dask.

    A job whose worker dies is given to another; that is the scheduler's doing.

    Args:
        jobs: What to do; all workers must see their files under the same names.
        workers: Processes to start on this machine, without a scheduler.
        scheduler: Address (``"tcp://host:8786"``) or file of a scheduler with workers of its own.

    Yields:
        What became of each job, as they end.

    Raises:
        SettingsError: Dask is not installed, or there is no such scheduler.
    """
    left = list(jobs)
    if not left:
        return
    try:
        with _client(workers, scheduler) as client:
            for job, outcome in _outcomes(client, jobs):
                left.remove(job)
                yield outcome
    finally:
        # Workers of this machine are ended by now; others may still be at it.
        for job in left if scheduler is None else []:
            job.clean()


def _outcomes(client: Any, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
    """Give jobs to the scheduler, and what becomes of them as they end."""
    from distributed import as_completed

    futures = {client.submit(run_job, job, pure=False, key=_key(job)): job for job in jobs}
    for future in as_completed(list(futures)):
        job = futures[future]
        if future.status == "finished":
            yield job, future.result()
        else:
            job.clean()
            yield job, _lost(job, future)


def _key(job: Job) -> str:
    return f"crossres-{job.volume}"


def _lost(job: Job, future: Any) -> Outcome:
    """Tell why Dask gave a job up."""
    error = None if future.cancelled() else future.exception()
    if error is None:
        problem: BaseException = SettingsError("the scheduler is gone; start it and run again")
        return Outcome.failed(job.name, problem)
    if type(error).__name__ == "KilledWorker":
        return Outcome.killed(job.name)
    return Outcome.failed(job.name, error)


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Connect to a scheduler, or start a cluster for as long as it is needed."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise SettingsError(
            "Dask is not installed; pip install 'crossres[dask]', or use --engine local"
        ) from error
    if scheduler is not None:
        with _connected(Client, scheduler) as client:
            yield client
        return
    with dask.config.set({"distributed.scheduler.allowed-failures": TRIES - 1}):
        with beyond_ctrl_c():
            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, memory_limit=0, dashboard_address=":0",
                silence_logs=50, preload=_DEAF,
            )  # fmt: skip
        with cluster, Client(cluster) as client:
            yield client


def _connected(kind: Any, scheduler: str) -> Any:
    """Return a client of a scheduler that was started elsewhere."""
    file = Path(scheduler)
    where = {"scheduler_file": str(file)} if file.is_file() else {"address": scheduler}
    try:
        return kind(**where, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"no Dask scheduler at {scheduler}; start one with `dask scheduler`"
        ) from error
