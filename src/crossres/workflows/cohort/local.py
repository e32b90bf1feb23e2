"""Cases one after the other in this process, or in parallel in processes of this machine."""

from __future__ import annotations

import signal
import sys
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TypeAlias

from crossres.files import recover
from crossres.workflows.cohort.case import run_job
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.outcome import Outcome, Outcomes

Queue: TypeAlias = "deque[tuple[Job, int]]"

TRIES = 2
"""Number of attempts at a case whose process is killed."""
_SECONDS_TO_END = 10.0


def serially(jobs: Sequence[Job]) -> Outcomes:
    """Run one job after the other in this process.

    Args:
        jobs: The cases.

    Yields:
        The outcome of each job.
    """
    yield from map(run_job, jobs)


def in_processes(jobs: Sequence[Job], workers: int) -> Outcomes:
    """Run several jobs in parallel, each in a process of its own.

    A killed process does not affect the others: it is replaced, and its job is tried once more.
    ``concurrent.futures`` would end all of them.

    Args:
        jobs: The cases.
        workers: Number of processes, at least 1.

    Yields:
        The outcome of each job, as they end.
    """
    waiting: Queue = deque((job, 1) for job in jobs)
    team = [_Worker() for _ in range(min(workers, len(jobs)))]
    try:
        for worker in team:
            worker.take(waiting)
        while busy := {worker.pipe: worker for worker in team if worker.job is not None}:
            for pipe in wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]
                outcome = worker.outcome()
                if outcome is None:
                    outcome = _retried(worker, waiting)
                    worker.restart()
                worker.take(waiting)
                if outcome is not None:
                    yield outcome
    finally:
        _end(team)


@contextmanager
def ctrl_c_blocked() -> Iterator[None]:
    """Start processes that ignore Ctrl-C.

    A terminal sends it to all of its processes; here only the parent handles it.

    Yields:
        Nothing; processes that are started inside inherit the blocked signal.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _retried(worker: _Worker, waiting: Queue) -> Outcome | None:
    """Queue the job of a killed process again; after the last attempt return its failure."""
    assert worker.job is not None  # only busy workers are waited for
    if worker.tries < TRIES:
        waiting.append((worker.job, worker.tries + 1))
        return None
    recover(worker.job.volume.parent)
    return Outcome.killed(worker.job.name)


def _end(team: Sequence[_Worker]) -> None:
    """End all processes, and remove the partial files of their jobs."""
    for worker in team:
        worker.process.terminate()
    for worker in team:
        worker.process.join(_SECONDS_TO_END)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        if worker.job is not None:
            recover(worker.job.volume.parent)


class _Worker:
    """A process that runs one job at a time, and its present job."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.tries = 0
        self.restart()

    def restart(self) -> None:
        """Start a new process without a job."""
        context = get_context("spawn")
        self.job = None
        self.pipe, remote = context.Pipe()
        self.process = context.Process(target=_serve, args=(remote,), daemon=True)
        with ctrl_c_blocked():
            self.process.start()
        remote.close()

    def take(self, waiting: Queue) -> None:
        """Send the next job to the process, if there is one."""
        self.job, self.tries = waiting.popleft() if waiting else (None, 0)
        if self.job is not None:
            # A process that has ended already is noticed when its outcome is received.
            with suppress(OSError):
                self.pipe.send(self.job)

    def outcome(self) -> Outcome | None:
        """Return the outcome of the job; None if the process was killed."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return None
        return outcome


def _serve(pipe: Connection) -> None:
    """Run jobs until the parent ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if not sys.warnoptions:
        warnings.simplefilter("ignore", RuntimeWarning)  # as the command line does in its process
    with suppress(EOFError, OSError):
        while True:
            pipe.send(run_job(pipe.recv()))
