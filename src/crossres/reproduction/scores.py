"""Score the test subjects of a unit and keep the rows with their provenance."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from crossres.reproduction.protocol import centre
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.reproduction.scoring import Row, score_case
from crossres.reproduction.subjects import Subject, volumes
from crossres.reproduction.trainings import enhancer_for
from crossres.reproduction.units import Unit
from crossres.training.deadline import check_time


def scores_of(unit: Unit, runs: Path) -> Path:
    """Return the file of a unit's scores, whether or not it exists.

    Args:
        unit: The unit.
        runs: Folder of the runs.

    Returns:
        The path of the CSV file.
    """
    return runs / "scores" / f"{unit.key}.csv"


def read_scores(unit: Unit, runs: Path) -> list[dict[str, str]]:
    """Return the scores of a unit.

    Args:
        unit: The unit.
        runs: Folder of the runs.

    Returns:
        A row per scored slice; none if the unit was not run here.
    """
    return read_rows(scores_of(unit, runs))


def run_unit(unit: Unit, runs: Path, device: str = "cpu") -> float:
    """Train and score a unit unless that is done.

    Args:
        unit: The unit.
        runs: Folder of trainings and scores.
        device: Where to train and enhance, as torch names it.

    Returns:
        Seconds that it took now; 0 if it was done.

    Raises:
        OutOfTime: A time limit came first; trainings are kept, no score is written.
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
    """Enhance one test subject; its rows mark the centre slice and hold the training time."""
    check_time()
    start = time.perf_counter()
    cascade = enhancer_for(unit, subject, runs, device)
    training_seconds = time.perf_counter() - start if unit.method.per_subject else 0.0
    every = unit.budget.score_every
    simulated = unit.simulate(subject, every, runs)
    rows = score_case(cascade, simulated, subject.name, device)
    middle = centre(volumes(subject)[1].grid.shape[2]) // every
    return [
        {**row, "centre": row["slice"] == middle, "learning_seconds": training_seconds}
        for row in rows
    ]
