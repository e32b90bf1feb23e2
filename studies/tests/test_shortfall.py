"""The shortfall: single changes, a ladder to the default, no test subject used."""

import csv
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from studies import shortfall
from studies.changes import VALIDATION
from studies.shortfall import trained_on_true_images
from studies.shortfall_trials import trials

from crossres.io import find_cases
from crossres.reproduction import BUDGETS
from crossres.reproduction.simulated import FOLD_1, simulate

SMOKE = BUDGETS["smoke"]
Lesson = namedtuple("Lesson", "example factor deblur_noise")
Run = Callable[..., list[dict[str, str]]]


@pytest.fixture
def run(cohort: Path, tmp_path: Path) -> Run:
    """Return a function that runs trials at the smallest budget and returns the file's rows."""

    def call(only: str, factor: int = 2, seeds: int = 1) -> list[dict[str, str]]:
        shortfall.main(cohort, factor, only, seeds, "smoke", tmp_path / "runs", tmp_path)
        with (tmp_path / f"x{factor}-smoke.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    return call


@pytest.fixture
def lessons_of(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[Lesson]]:
    """Return a function that runs a trial and returns the training images of each stage."""
    lessons: list[Lesson] = []
    original = shortfall.Supervised.fit

    def spy(self: Any, make: Any, references: Any, factor: float, **words: Any) -> Any:
        lessons.append(Lesson(references[0], factor, self.learning.deblur_noise))
        return original(self, make, references, factor, **words)

    def call(name: str) -> list[Lesson]:
        case = simulate(find_cases(cohort)[0], 2, every=8)
        cascade = trained_on_true_images(trials(2, SMOKE)[name].plan, [case], 2, tmp_path)
        assert len(cascade.plan(case.pair.target.grid, case.reference.grid)) == len(lessons)
        return lessons

    monkeypatch.setattr(shortfall.Supervised, "fit", spy)
    return call


def test_rows_hold_measurements_and_provenance(run: Run) -> None:
    names = ["proposed", "one network for all stages", "true images", "references"]
    rows = run(",".join(names))
    assert [row["trial"] for row in rows] == names
    assert [row["networks"] for row in rows] == ["3", "1", "3", "1"]
    for row in rows:
        gain = float(row["psnr"]) - float(row["bicubic_psnr"])
        assert float(row["gain"]) == pytest.approx(gain)
        assert int(row["slices"]) == 3 * 2, "every eighth slice of three subjects"
        assert all(row[key] for key in ("command", "commit", "machine"))


def test_every_seed_is_a_training_of_its_own(run: Run) -> None:
    name = "one network for all stages"
    assert [row["seed"] for row in run(name)] == ["0"]
    rows = run(name, seeds=2)
    assert [(row["trial"], row["seed"]) for row in rows] == [(name, "0"), (name, "1")]
    assert rows[0]["psnr"] != rows[1]["psnr"]


def test_steps_are_those_of_all_networks(run: Run) -> None:
    rows = run("proposed,one network for all stages")
    assert [int(row["steps"]) for row in rows] == [3 * SMOKE.external_steps, SMOKE.external_steps]


def test_a_trial_can_train_on_fewer_subjects(cohort: Path, tmp_path: Path) -> None:
    trial = replace(trials(2, SMOKE)["one network for all stages"], subjects=1)
    assert shortfall.run(trial, find_cases(cohort), 2, tmp_path)["subjects"] == 1


def test_finished_trials_are_not_run_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run("one network for all stages")
    monkeypatch.setattr(shortfall, "run", None)
    assert run("one network for all stages") == before


def test_neither_validation_nor_test_subjects_are_in_the_training_set(
    cohort: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[str] = []
    original = shortfall.low_resolution_examples

    def spy(cases: Any, *words: Any, **changes: Any) -> Any:
        collected.extend(case.name for case in cases)
        return original(cases, *words, **changes)

    monkeypatch.setattr(shortfall, "low_resolution_examples", spy)
    run("one network for all stages")
    assert set(collected) == {c.name for c in find_cases(cohort)} - {*FOLD_1, *VALIDATION}


def test_true_images_of_a_stage_are_scans_on_its_grid(
    cohort: Path, lessons_of: Callable[[str], list[Lesson]]
) -> None:
    """The last stage is trained on the references themselves, all with the guide on their grid."""
    lessons = lessons_of("true images")
    assert [lesson.factor for lesson in lessons] == [pytest.approx(2 ** (1 / 3))] * 3
    shapes = [lesson.example.target.shape for lesson in lessons]
    assert shapes == sorted(shapes)
    assert [lesson.example.guide.shape for lesson in lessons] == shapes
    last = lessons[-1].example.target
    reference = simulate(find_cases(cohort)[0], 2, every=8).reference.data
    kept = torch.from_numpy(reference.copy()).permute(2, 0, 1)[:, None]
    torch.testing.assert_close(last / last.max(), kept / kept.max())


def test_scans_are_deblurred_where_set_but_references_never(
    lessons_of: Callable[[str], list[Lesson]],
) -> None:
    lessons = lessons_of("true images and fitting blur")
    assert [lesson.deblur_noise for lesson in lessons] == [0.1, 0.1, 0.0]


def test_a_blend_is_two_trainings(run: Run) -> None:
    rows = {row["trial"]: row for row in run("default without guide,default blended")}
    assert [row["networks"] for row in rows.values()] == ["1", "2"]
    steps = [int(row["steps"]) for row in rows.values()]
    assert steps[1] == 2 * steps[0]
