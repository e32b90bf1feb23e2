"""Cases one after the other in this process, or side by side in processes of this machine."""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TypeAlias

from crossres.workflows.cohort.case import run_job
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.outcome import Outcome, Outcomes

Queue: TypeAlias = "deque[tuple[Job, int]]"

TRIES = 2
"""How often a case is begun whose process is killed."""
_SECONDS_TO_END = 10.0


def serially(jobs: Sequence[Job]) -> Outcomes:
    """Do one job after the other in this process."""
    yield from map(run_job, jobs)


def in_processes(jobs: Sequence[Job], workers: int) -> Outcomes:
    """Do several jobs at a time, each in a process of its own.

    A process that is killed takes nothing with it: the others go on, another takes its place, and
    its job is done once more. ``concurrent.futures`` would end all of them.

    Args:
        jobs: What to do.
        workers: Processes at a time.

    Yields:
        What became of each job, as they end.
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
                    outcome = _once_more(worker, waiting)
                    worker.restart()
                worker.take(waiting)
                if outcome is not None:
                    yield outcome
    finally:
        _end(team)


@contextmanager
def beyond_ctrl_c() -> Iterator[None]:
    """Begin processes that Ctrl-C does not reach.

    It is sent to every process of a terminal; what it means is for the parent alone to say.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _once_more(worker: _Worker, waiting: Queue) -> Outcome | None:
    """Put the job of a killed process back, or give it up."""
    assert worker.job is not None  # it was busy
    if worker.tries < TRIES:
        waiting.append((worker.job, worker.tries + 1))
        return None
    worker.job.clean()
    return Outcome.killed(worker.job.name)


def _end(team: Sequence[_Worker]) -> None:
    """End all processes; those in the middle of a job take back what they had begun to write."""
    for worker in team:
        worker.process.terminate()
    for worker in team:
        worker.process.join(_SECONDS_TO_END)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        if worker.job is not None:
            worker.job.clean()


class _Worker:
    """A process that does one job at a time, and the job that it does."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.tries = 0
        self.restart()

    def restart(self) -> None:
        """Begin with a fresh process and without a job."""
        context = get_context("spawn")
        self.job = None
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with beyond_ctrl_c():
            self.process.start()
        theirs.close()

    def take(self, waiting: Queue) -> None:
        """Begin with the next job, if there is one."""
        self.job, self.tries = waiting.popleft() if waiting else (None, 0)
        if self.job is not None:
            # A process that is gone already is noticed when its outcome is asked for.
            with suppress(OSError):
                self.pipe.send(self.job)

    def outcome(self) -> Outcome | None:
        """Return what became of the job; None if the process was killed over it."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return None
        return outcome


def _serve(pipe: Connection) -> None:
    """Do jobs until the parent is gone."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with suppress(EOFError, OSError):
        while True:
            pipe.send(run_job(pipe.recv()))
