"""Cases on a Dask cluster: workers of this machine, or those of a running scheduler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crossres.checks import require
from crossres.files import recover
from crossres.types import SettingsError
from crossres.workflows.cohort.case import run_job
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.local import TRIES, ctrl_c_blocked
from crossres.workflows.cohort.outcome import Outcome, Outcomes

_SECONDS_TO_CONNECT = 20
# Dask starts its workers, and replacements of dead ones, from threads that cannot block signals.
_IGNORE_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
_CONFIG = {
    "distributed.scheduler.allowed-failures": TRIES - 1,
    # Every node has an HTTP server without passwords, which cannot be left out; it answers nothing.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def on_dask(jobs: Sequence[Job], workers: int, scheduler: str | None = None) -> Outcomes:
    """Run jobs on the workers of Dask.

    The scheduler gives a job whose worker dies to another worker.

    Args:
        jobs: The cases; all workers must see their files under the same names.
        workers: Processes to start on this machine, without a scheduler.
        scheduler: Address (``"tcp://host:8786"``) or file of a scheduler with workers of its own.

    Yields:
        The outcome of each job, as they end.

    Raises:
        MissingPackageError: Dask is not installed.
        SettingsError: No scheduler is found.
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
        # The workers of this machine have ended here; those of a scheduler may still run.
        for job in left if scheduler is None else []:
            recover(job.volume.parent)


def _outcomes(client: Any, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
    """Submit jobs to the scheduler; yield each with its outcome, as they end."""
    from distributed import as_completed

    futures = {
        client.submit(run_job, job, pure=False, key=f"crossres-{job.volume}"): job for job in jobs
    }
    for future in as_completed(list(futures)):
        job = futures[future]
        if future.status == "finished":
            yield job, future.result()
        else:
            recover(job.volume.parent)
            yield job, _lost(job, future)


def _lost(job: Job, future: Any) -> Outcome:
    """Return the reason for which Dask did not finish a job."""
    error = None if future.cancelled() else future.exception()
    if error is None:
        problem: BaseException = SettingsError(
            "the connection to the scheduler was lost; start it and run again"
        )
        return Outcome.failed(job.name, problem)
    if type(error).__name__ == "KilledWorker":
        return Outcome.killed(job.name)
    return Outcome.failed(job.name, error)


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Connect to a scheduler, or start a cluster for as long as it is needed."""
    require("dask", "`engine=dask`")
    from distributed import Client
    from distributed.security import Security

    # A scheduler without certificates would run code of every user of this machine.
    security = Security.temporary() if scheduler is None else None
    if scheduler is not None:
        with _connected(Client, scheduler) as client:
            yield client
    else:
        with _own_cluster(workers, security) as cluster, Client(cluster) as client:
            yield client


@contextmanager
def _own_cluster(workers: int, security: Any) -> Iterator[Any]:
    """Start workers that accept connections with our certificate from this machine only."""
    import dask
    from distributed import LocalCluster

    with dask.config.set(_CONFIG), TemporaryDirectory(prefix="crossres-dask-") as private:
        with ctrl_c_blocked():
            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, memory_limit=0, silence_logs=50,
                security=security, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False}, local_directory=private,
                preload=_IGNORE_CTRL_C,
            )  # fmt: skip
        with cluster:
            yield cluster


def _connected(client_class: Any, scheduler: str) -> Any:
    """Return a client of a scheduler that was started elsewhere."""
    file = Path(scheduler)
    address = {"scheduler_file": str(file)} if file.is_file() else {"address": scheduler}
    try:
        return client_class(**address, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError) as error:  # TypeError: no certificates for a tls:// one
        raise SettingsError(
            f"no Dask scheduler at {scheduler}; start one with `dask scheduler`, and set the "
            "certificates of Dask where it has some"
        ) from error
