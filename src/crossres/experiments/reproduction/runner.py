"""Run units side by side; what is done is never done again, whatever happened in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean

import torch

from crossres.experiments.reproduction.budgets import Budget
from crossres.experiments.reproduction.methods import table
from crossres.experiments.reproduction.protocol import Subject, fold
from crossres.experiments.reproduction.scores import run_unit, scores_of
from crossres.experiments.reproduction.units import Unit

Report = Callable[[str], None]


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


def status_of(units: Sequence[Unit], results: Path) -> Status:
    """Tell how far a run is."""
    done = [unit for unit in units if scores_of(unit, results).exists()]
    left = [unit for unit in units if not scores_of(unit, results).exists()]
    took = {unit.key: _seconds(unit, results) for unit in done}
    known = [_expected(unit, done, took) for unit in left] if done else []
    return Status(done, left, sum(known) if done else None)


def _seconds(unit: Unit, results: Path) -> float:
    path = scores_of(unit, results).with_suffix(".json")
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"])


def _expected(unit: Unit, done: Sequence[Unit], took: dict[str, float]) -> float:
    """Expect the time of the most similar units: of one method, else of one regime, else of all."""

    def alike(other: Unit) -> int:
        same = (other.method.regime == unit.method.regime, other.method == unit.method)
        return sum(same) + (same[1] and other.factor == unit.factor)

    best = max(alike(other) for other in done)
    return fmean(took[other.key] for other in done if alike(other) == best)


def run(
    units: Sequence[Unit], runs: Path, results: Path, *, workers: int, report: Report
) -> list[str]:
    """Run what is left, several units at a time, and go on past one that fails.

    Args:
        units: What to run.
        runs: Where trainings are kept.
        results: Where scores go.
        workers: Processes, one thread each.
        report: Told a line per finished unit.

    Returns:
        A line for each unit that failed.
    """
    left = status_of(units, results).left
    failed: list[str] = []
    for number, (unit, outcome) in enumerate(_outcomes(left, runs, results, workers), start=1):
        word = f"{outcome:.0f} s" if isinstance(outcome, float) else f"failed: {outcome}"
        line = f"{number}/{len(left)} {describe(unit)}: {word}"
        report(line)
        failed.extend([] if isinstance(outcome, float) else [line])
    return failed


def describe(unit: Unit) -> str:
    """Name a unit for people."""
    method = unit.method
    marks = [
        method.network, "guided" if method.guided else "unguided", method.loss,
        f"{method.stages} stages" if method.stages > 1 else "1 stage",
        *([f"guide off by {method.shift_mm:g} mm"] if method.shift_mm else []),
    ]  # fmt: skip
    plain = method.regime in ("bicubic", "default")
    more = [f"{method.effort}x steps"] * (method.effort > 1) + ["8 positions"] * method.ensemble
    where = [f"{unit.factor}x", f"test {unit.test[0].name}..."]
    return ", ".join([method.regime, *([] if plain else marks), *more, *where])


def _outcomes(
    units: Sequence[Unit], runs: Path, results: Path, workers: int
) -> Iterator[tuple[Unit, float | Exception]]:
    """Run units and give each with its seconds or what went wrong, as they end."""
    if workers == 1:
        yield from ((unit, _attempt(unit, runs, results)) for unit in units)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        futures = {pool.submit(_attempt, unit, runs, results): unit for unit in units}
        try:
            for future in as_completed(futures):
                broken = future.exception()
                lost = broken if isinstance(broken, BrokenProcessPool) else None
                yield futures[future], lost or future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _attempt(unit: Unit, runs: Path, results: Path) -> float | Exception:
    """Run a unit; a failure is returned, so that the others go on."""
    try:
        return run_unit(unit, runs, results)
    except Exception as error:
        return error
