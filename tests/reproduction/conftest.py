"""Units of the smallest budget on tiny scenes, and one run on digital phantoms."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.inference import Example
from crossres.reproduction import (
    Budget,
    budget,
    cohort_subjects,
    phantom_subjects,
    run,
    units_of,
)
from crossres.reproduction.methods import Method
from crossres.reproduction.subjects import Subject
from crossres.reproduction.units import Unit
from crossres.training import External, Supervised
from crossres.training.loop import Training

MakeUnit = Callable[..., Unit]


@pytest.fixture(scope="session")
def smoke() -> Budget:
    """Return the smallest budget, one fold of it."""
    return replace(budget("smoke"), folds=1)


@pytest.fixture(scope="session")
def subjects(cohort: Path) -> list[Subject]:
    """Return four subjects of the tiny cohort."""
    return cohort_subjects(cohort)[:4]


@pytest.fixture(scope="session")
def unit_of(smoke: Budget, subjects: list[Subject]) -> MakeUnit:
    """Return a function that makes a unit: two subjects are for training, another for the test."""
    given = {"factor": 2, "budget": smoke, "train": tuple(subjects[:2]), "test": (subjects[3],)}

    def make(method: Method, **changes: Any) -> Unit:
        return Unit(method, **{**given, **changes})

    return make


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory, smoke: Budget) -> SimpleNamespace:
    """Run Table II at 4x on one fold of digital phantoms, once; not to be changed."""
    heads = phantom_subjects()
    folder = tmp_path_factory.mktemp("study")
    done = SimpleNamespace(
        budget=smoke, subjects=heads, runs=folder / "runs", results=folder / "results", lines=[],
        units=[unit for unit in units_of(["table2"], smoke, heads) if unit.factor == 4],
    )  # fmt: skip
    done.failed = run(done.units, done.runs, done.results, workers=1, report=done.lines.append)
    return done


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Example]]:
    """Collect the examples that regimes are given."""
    collected: dict[str, list[Example]] = {"external": [], "supervised": []}

    def spy(name: str, regime: type) -> None:
        fit = regime.fit  # type: ignore[attr-defined]

        def record(self: Any, make: Any, examples: Any, *words: Any, **rest: Any) -> Any:
            collected[name].extend(examples)
            return fit(self, make, examples, *words, **rest)

        monkeypatch.setattr(regime, "fit", record)

    spy("external", External)
    spy("supervised", Supervised)
    return collected


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any step of a training fail the test."""
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
