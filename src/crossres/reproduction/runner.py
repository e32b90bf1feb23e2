"""Run units in parallel; a finished unit is never run again."""

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
from crossres.reproduction.protocol import fold
from crossres.reproduction.published import Published, provenance_of, publish
from crossres.reproduction.scores import run_unit, scores_of
from crossres.reproduction.subjects import Subject
from crossres.reproduction.units import Unit
from crossres.training.deadline import OutOfTime, time_limit

ReportLine = Callable[[str], None]
UnitResult: TypeAlias = float | Exception | None
"""Seconds, an error, or None for a unit that the time limit stopped."""
_NOT_STARTED = -1.0


def units_of(names: Iterable[str], budget: Budget, subjects: Sequence[Subject]) -> list[Unit]:
    """Return the units of tables, each once, fold by fold.

    A run that is stopped early has every row on the folds that it finished.

    Args:
        names: Names of the tables.
        budget: The budget.
        subjects: All subjects.

    Returns:
        The units.

    Raises:
        SettingsError: No such table.
        FileFormatError: Fewer subjects than folds.
    """
    tables = [table(name) for name in names]
    rows = [(row.method, f) for t in tables for f in t.factors for row in t.rows]
    found: dict[str, Unit] = {}
    for number in range(budget.folds):
        train, test = fold(subjects, number)
        for method, factor in rows:
            unit = Unit(method, factor, budget, train, test)
            found.setdefault(unit.key, unit)
    return list(found.values())


@dataclass(frozen=True)
class Status:
    """Finished and remaining units.

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
    """Return which units have scores, published or not, and which have none.

    Args:
        units: The units.
        runs: Folder of the runs.
        results: Folder of the published scores.

    Returns:
        The status.
    """
    published = Published.read(results)
    done = [u for u in units if published.holds(u) or scores_of(u, runs).exists()]
    left = [unit for unit in units if unit not in done]
    made = {unit.key: published.provenance(unit) or provenance_of(unit, runs) for unit in done}
    took = {key: float(record["seconds"]) for key, record in made.items()}
    known = [_expected(unit, done, took) for unit in left] if done else []
    return Status(done, left, sum(known) if done else None)


def _expected(unit: Unit, done: Sequence[Unit], took: dict[str, float]) -> float:
    """Return the mean time of the most similar units: of one method, of one regime, or of all."""

    def alike(other: Unit) -> int:
        same = (other.method.regime == unit.method.regime, other.method == unit.method)
        return sum(same) + (same[1] and other.factor == unit.factor)

    best = max(alike(other) for other in done)
    return fmean(took[other.key] for other in done if alike(other) == best)


@dataclass(frozen=True)
class RunContext:
    """What all units of a run share.

    Args:
        runs: Folder of trainings and scores.
        device: As torch names it.
        until: When to stop, in the time of ``time.monotonic``; None for no limit.
    """

    runs: Path
    device: str
    until: float | None

    @property
    def time_left(self) -> bool:
        """Whether a unit may still start."""
        return self.until is None or time.monotonic() < self.until


def run(
    units: Sequence[Unit],
    runs: Path,
    results: Path,
    *,
    workers: int,
    report: ReportLine,
    device: str = "cpu",
    until: float | None = None,
) -> list[str]:
    """Run what is left, several units at a time, and continue after one that fails.

    Args:
        units: The units.
        runs: Folder of trainings and of the scores of each unit.
        results: Folder where the scores of all units are published in the end, in one table.
        workers: Processes; they share the device.
        report: Called with one line per finished unit.
        device: Where to train and enhance, as torch names it.
        until: When to stop, in the time of ``time.monotonic``: each training stops at its last
            checkpoint before; None for no limit.

    Returns:
        A line for each unit that failed.
    """
    left, context = status_of(units, runs, results).left, RunContext(runs, device, until)
    failed: list[str] = []
    for number, (unit, result) in enumerate(_results(left, context, workers), start=1):
        line = f"{number}/{len(left)} {describe(unit)}: {_text(result)}"
        report(line)
        failed.extend([line] if isinstance(result, Exception) else [])
    publish(units, runs, results)
    return failed


def _text(result: UnitResult) -> str:
    if result is None:
        return "stopped at the time limit, to be resumed"
    return f"failed: {result}" if isinstance(result, Exception) else f"{result:.0f} s"


def describe(unit: Unit) -> str:
    """Describe a unit for the log.

    Args:
        unit: The unit.

    Returns:
        Regime, network, settings, factor and first test subject.
    """
    method = unit.method
    marks = [
        method.network, "guided" if method.guided else "unguided", method.loss,
        f"{method.stages} stages" if method.stages > 1 else "1 stage",
        *([f"registration error {method.shift_mm:g} mm"] if method.shift_mm else []),
    ]  # fmt: skip
    plain = not method.is_trained or method.regime == "default"
    more = [f"{method.effort}x steps"] * (method.effort > 1) + ["self-ensemble"] * method.ensemble
    where = [f"{unit.factor}x", f"test {unit.test[0].name}..."]
    return ", ".join([method.regime, *([] if plain else marks), *more, *where])


def _results(
    units: Sequence[Unit], context: RunContext, workers: int
) -> Iterator[tuple[Unit, UnitResult]]:
    """Run units and yield each that was started with its result, in the order of completion."""
    if workers == 1:
        yield from ((unit, _attempt(unit, context)) for unit in units if context.time_left)
        return
    others = set(active_children())
    threads = 1 if context.device == "cpu" else max(1, (os.cpu_count() or 1) // workers)
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (threads,)) as pool:
        futures = {pool.submit(_in_worker, unit, context): unit for unit in units}
        try:
            for future in as_completed(futures):
                broken = future.exception()
                lost = broken if isinstance(broken, BrokenProcessPool) else None
                result = lost or future.result()
                if result != _NOT_STARTED:
                    yield futures[future], result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(active_children()) - others:
                process.terminate()
            raise


def _start_worker(threads: int) -> None:
    """Prepare a process: the parent alone handles Ctrl-C, and terminates its workers."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(number, lambda *_: None)  # a second signal must not interrupt the clean-up
        raise SystemExit(128 + number)

    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)


def _in_worker(unit: Unit, context: RunContext) -> UnitResult:
    """Run a unit if there is time for it; a terminated process ends once it has cleaned up."""
    try:
        return _attempt(unit, context) if context.time_left else _NOT_STARTED
    except SystemExit as leave:
        # The pool would catch this and give the process its next unit.
        os._exit(int(leave.code or 0))


def _attempt(unit: Unit, context: RunContext) -> UnitResult:
    """Run a unit; a failure is returned, so that the others continue."""
    try:
        with time_limit(context.until):
            return run_unit(unit, context.runs, context.device)
    except OutOfTime:
        return None
    except Exception as error:
        return error
