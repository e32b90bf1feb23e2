"""Run units side by side; what is done is never done again, whatever happened in between."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path
from statistics import fmean
from types import FrameType
from typing import NoReturn, TypeAlias

import torch

from crossres.reproduction.budgets import Budget
from crossres.reproduction.methods import table
from crossres.reproduction.protocol import Subject, fold
from crossres.reproduction.published import Published, made_by, publish
from crossres.reproduction.scores import run_unit, scores_of
from crossres.reproduction.units import Unit
from crossres.training.deadline import OutOfTime, time_limit

Report = Callable[[str], None]
Outcome: TypeAlias = float | Exception | None
"""Seconds, what went wrong, or None of a unit that the limit on time stopped."""
_NOT_BEGUN = -1.0


def units_of(names: Iterable[str], budget: Budget, subjects: Sequence[Subject]) -> list[Unit]:
    """Return the units that tables need, each once, fold by fold.

    Fold by fold, so that a run that is stopped early has every row on the folds it finished.

    Raises:
        SettingsError: No such table.
        FileFormatError: Too few subjects.
    """
    tables = [table(name) for name in names]
    rows = [(row.method, f) for t in tables for f in t.factors for row in t.rows]
    found: dict[str, Unit] = {}
    for number in range(budget.folds):
        learners, testers = fold(subjects, number)
        for method, factor in rows:
            unit = Unit(method, factor, budget, learners, testers)
            found.setdefault(unit.key, unit)
    return list(found.values())


@dataclass(frozen=True)
class Status:
    """What is done and what is left.

    Args:
        done: Units with scores.
        left: Units without.
        seconds_left: Estimated computing time of those on one core, from those done; None without
            any.
    """

    done: list[Unit]
    left: list[Unit]
    seconds_left: float | None


def status_of(units: Sequence[Unit], runs: Path, results: Path) -> Status:
    """Return which units have scores, published or not, and which have none."""
    published = Published.read(results)
    done = [u for u in units if published.holds(u) or scores_of(u, runs).exists()]
    left = [unit for unit in units if unit not in done]
    made = {unit.key: published.made(unit) or made_by(unit, runs) for unit in done}
    took = {key: float(record["seconds"]) for key, record in made.items()}
    known = [_expected(unit, done, took) for unit in left] if done else []
    return Status(done, left, sum(known) if done else None)


def _expected(unit: Unit, done: Sequence[Unit], took: dict[str, float]) -> float:
    """Expect the time of the most similar units: of one method, else of one regime, else of all."""

    def alike(other: Unit) -> int:
        same = (other.method.regime == unit.method.regime, other.method == unit.method)
        return sum(same) + (same[1] and other.factor == unit.factor)

    best = max(alike(other) for other in done)
    return fmean(took[other.key] for other in done if alike(other) == best)


@dataclass(frozen=True)
class Job:
    """What all units of a run share: folder, device, and the moment at which to stop."""

    runs: Path
    device: str
    until: float | None

    @property
    def time_left(self) -> bool:
        """Tell whether a unit may still begin."""
        return self.until is None or time.monotonic() < self.until


def run(
    units: Sequence[Unit],
    runs: Path,
    results: Path,
    *,
    workers: int,
    report: Report,
    device: str = "cpu",
    until: float | None = None,
) -> list[str]:
    """Run what is left, several units at a time, and go on past one that fails.

    Args:
        units: What to run.
        runs: Where trainings and each unit's scores are kept.
        results: Where the scores of all units are published in the end, in one table.
        workers: Processes; they share the device.
        report: Told a line per finished unit.
        device: Where to train and enhance, as torch names it.
        until: A moment of ``time.monotonic`` at which to stop, each training at its last
            checkpoint before; None for no limit.

    Returns:
        A line for each unit that failed.
    """
    left, job = status_of(units, runs, results).left, Job(runs, device, until)
    failed: list[str] = []
    for number, (unit, outcome) in enumerate(_outcomes(left, job, workers), start=1):
        line = f"{number}/{len(left)} {describe(unit)}: {_word(outcome)}"
        report(line)
        failed.extend([line] if isinstance(outcome, Exception) else [])
    publish(units, runs, results)
    return failed


def _word(outcome: Outcome) -> str:
    if outcome is None:
        return "stopped in time, to be gone on with"
    return f"failed: {outcome}" if isinstance(outcome, Exception) else f"{outcome:.0f} s"


def describe(unit: Unit) -> str:
    """Name a unit for people."""
    method = unit.method
    marks = [
        method.network, "guided" if method.guided else "unguided", method.loss,
        f"{method.stages} stages" if method.stages > 1 else "1 stage",
        *([f"guide off by {method.shift_mm:g} mm"] if method.shift_mm else []),
    ]  # fmt: skip
    plain = not method.learns or method.regime == "default"
    more = [f"{method.effort}x steps"] * (method.effort > 1) + ["8 positions"] * method.ensemble
    where = [f"{unit.factor}x", f"test {unit.test[0].name}..."]
    return ", ".join([method.regime, *([] if plain else marks), *more, *where])


def _outcomes(units: Sequence[Unit], job: Job, workers: int) -> Iterator[tuple[Unit, Outcome]]:
    """Run units and give each that was begun with its outcome, as they end."""
    if workers == 1:
        yield from ((unit, _attempt(unit, job)) for unit in units if job.time_left)
        return
    others = set(active_children())
    threads = 1 if job.device == "cpu" else max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (threads,)) as pool:
        futures = {pool.submit(_in_worker, unit, job): unit for unit in units}
        try:
            for future in as_completed(futures):
                broken = future.exception()
                lost = broken if isinstance(broken, BrokenProcessPool) else None
                outcome = lost or future.result()
                if outcome != _NOT_BEGUN:
                    yield futures[future], outcome
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(active_children()) - others:
                process.terminate()
            raise


def _start_worker(threads: int) -> None:
    """Prepare a process: what interrupts the run is for the parent to hear and to pass on."""
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, lambda *_: None)  # a second one would disturb the tidying up
    raise SystemExit(128 + number)


def _in_worker(unit: Unit, job: Job) -> Outcome:
    """Run a unit if there is time for it; a process told to end does so once it has tidied up."""
    try:
        return _attempt(unit, job) if job.time_left else _NOT_BEGUN
    except SystemExit as leave:
        # The pool would catch this and hand the process its next unit.
        os._exit(int(leave.code or 0))


def _attempt(unit: Unit, job: Job) -> Outcome:
    """Run a unit; a failure is returned, so that the others go on."""
    try:
        with time_limit(job.until):
            return run_unit(unit, job.runs, job.device)
    except OutOfTime:
        return None
    except Exception as error:
        return error
