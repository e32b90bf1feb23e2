"""Score a unit's test subjects and keep the rows with what made them."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from crossres.reproduction.protocol import (
    Subject,
    centre,
    simulate,
    volumes,
)
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.reproduction.scoring import Row, score_case
from crossres.reproduction.trainings import enhancer_for
from crossres.reproduction.units import Unit
from crossres.training.deadline import check_time


def scores_of(unit: Unit, runs: Path) -> Path:
    """Return the file with a unit's scores, whether or not it is there."""
    return runs / "scores" / f"{unit.key}.csv"


def read_scores(unit: Unit, runs: Path) -> list[dict[str, str]]:
    """Return a unit's rows, one per scored slice; none if it was not run here."""
    return read_rows(scores_of(unit, runs))


def run_unit(unit: Unit, runs: Path, device: str = "cpu") -> float:
    """Train and score a unit unless that is done; return the seconds it took now.

    Raises:
        OutOfTime: A limit came first; what was trained is kept, nothing is scored.
    """
    path = scores_of(unit, runs)
    if path.exists():
        return 0.0
    start = time.perf_counter()
    rows = [row for subject in unit.test for row in _score(unit, subject, runs, device)]
    seconds = time.perf_counter() - start
    described = {
        "method": asdict(unit.method),
        "factor": unit.factor,
        "budget": asdict(unit.budget),
        "train": [s.name for s in unit.train],
        "test": [s.name for s in unit.test],
        "seconds": seconds,
        "device": device,
    }
    write_summary(described, path.with_suffix(".json"))
    write_rows(rows, path)
    return seconds


def _score(unit: Unit, subject: Subject, runs: Path, device: str) -> list[Row]:
    """Sharpen one test subject; its rows say which is the centre slice and what it took."""
    check_time()
    start = time.perf_counter()
    cascade = enhancer_for(unit, subject, runs, device)
    learned = time.perf_counter() - start if unit.method.per_subject else 0.0
    every, method = unit.budget.score_every, unit.method
    simulated = simulate(
        subject, unit.factor, guided=method.guided, every=every, shift_mm=method.shift_mm
    )
    rows = score_case(cascade, simulated, subject.name, device)
    middle = centre(volumes(subject)[1].grid.shape[2]) // every
    return [{**row, "centre": row["slice"] == middle, "learning_seconds": learned} for row in rows]
