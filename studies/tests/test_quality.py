"""Quality on a fold: training subjects, written results, and resuming after an interruption."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import quality
from studies.quality import averaged

from crossres.inference import Example
from crossres.registration import alignment
from crossres.reproduction.scoring import METRICS
from crossres.reproduction.simulated import FOLD_1
from crossres.training import External
from crossres.training.loop import Training
from crossres.types import FileFormatError, SettingsError

Run = Callable[..., Path]


@pytest.fixture
def run(
    cohort: Path, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Return a function that runs the experiment with a tiny recipe; it returns its folder."""
    monkeypatch.setattr(quality, "recipe", tiny.recipe)

    def call(**changes: Any) -> Path:
        given: dict[str, Any] = {"data": cohort, "name": "tiny", "factor": 2.0, "steps": "2"}
        folders = {"runs": tmp_path / "runs", "results": tmp_path / "results"}
        quality.main(**{**given, "every": 4, **folders, **changes})
        return tmp_path

    return call


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Example]:
    """Collect every example that external training is given."""
    collected: list[Example] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        collected.extend(examples)
        return fit(self, make, examples, **rest)

    monkeypatch.setattr(External, "fit", spy)
    return collected


def rows_of(folder: Path, name: str = "tiny") -> list[dict[str, str]]:
    with (folder / "results" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_summary_and_network_are_written(run: Run) -> None:
    folder = run()
    rows = rows_of(folder)
    assert {row["case"] for row in rows} == set(FOLD_1)
    assert len(rows) == 5 * 16, "all slices of the test subjects"
    assert {*METRICS, *(f"bicubic_{m}" for m in METRICS), "consistency"} < set(rows[0])
    content = json.loads((folder / "results" / "tiny.json").read_text())
    mean, settings = content["mean"], content["settings"]
    assert mean["gain"] == pytest.approx(mean["psnr"] - mean["bicubic_psnr"])
    psnr = [float(row["psnr"]) for row in rows]
    assert mean["psnr"] == pytest.approx(sum(psnr) / len(psnr))
    assert (settings["factor"], settings["every"], settings["supervised"]) == (2.0, 4, False)
    assert (settings["register"], settings["seeds"]) == (True, 1)
    assert settings["recipe"]["regime"]["learning"]["training"]["steps"] == 2
    assert {"command", "commit", "machine"} < set(content["provenance"])
    (state,) = torch.load(folder / "runs" / "tiny" / "networks.pt", weights_only=True)
    assert all(value.isfinite().all() for value in state.values())


def test_held_out_subjects_and_references_are_never_trained_on(
    run: Run, given: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    make = quality.low_resolution_examples

    def spy(cases: Any, *words: Any, **rest: Any) -> list[Example]:
        names.extend(case.name for case in cases)
        return make(cases, *words, **rest)

    monkeypatch.setattr(quality, "low_resolution_examples", spy)
    run()
    assert names == ["sub-01", "sub-02", "sub-03", "sub-07", "sub-11"]
    assert len(given) == 5
    for example in given:
        assert tuple(example.target.shape[2:]) == example.coarse.shape[:2] == (16, 14)
        assert example.fine.shape[:2] == (32, 28)


def test_other_test_subjects_leave_the_network_as_it_is(
    run: Run, cohort: Path, tiny: SimpleNamespace
) -> None:
    folder = run()
    other = folder / "other"
    shutil.copytree(cohort, other)
    for seed, name in enumerate(FOLD_1, start=100):
        tiny.write(other, name, seed)
    run(data=other, name="other")
    first, second = (
        torch.load(folder / "runs" / name / "networks.pt", weights_only=True)[0]
        for name in ("tiny", "other")
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert rows_of(folder) != rows_of(folder, "other")


def test_a_finished_training_is_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run()
    rows, result = rows_of(folder), folder / "results" / "tiny.json"
    took = json.loads(result.read_text())["training_seconds"]
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    assert rows_of(run()) == rows
    assert json.loads(result.read_text())["training_seconds"] == took > 0


def test_an_interrupted_training_resumes(
    run: Run, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        quality, "recipe", lambda *a, **k: tiny.recipe(*a, **k).with_training(epoch=1)
    )
    expected = rows_of(run(name="whole"), "whole")
    step, taken = Training.step, []

    def stop(self: Training, draw: Any) -> float:
        taken.append(self.state.step)
        if len(taken) == 2:
            raise KeyboardInterrupt
        return step(self, draw)

    monkeypatch.setattr(Training, "step", stop)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert rows_of(run()) == expected
    assert taken == [0, 1, 1], "the first step is not taken again"


def test_another_training_under_the_same_name_is_refused(run: Run) -> None:
    run()
    with pytest.raises(SettingsError, match="other settings"):
        run(steps="3")


def test_supervised_training_gets_the_references(
    run: Run, given: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    make = quality.reference_examples

    def spy(cases: Any, *words: Any, **rest: Any) -> list[Example]:
        names.extend(case.name for case in cases)
        return make(cases, *words, **rest)

    monkeypatch.setattr(quality, "reference_examples", spy)
    folder = run(supervised=True)
    assert names
    assert not set(names) & set(FOLD_1)
    assert given == []
    content = json.loads((folder / "results" / "tiny.json").read_text())
    assert content["settings"]["supervised"] is True


def test_unguided_training_makes_pseudo_targets_of_guides(run: Run, given: list[Example]) -> None:
    folder = run(unguided=True)
    assert given
    assert all(example.guide is not None for example in given)
    recipe = json.loads((folder / "results" / "tiny.json").read_text())["settings"]["recipe"]
    assert recipe["regime"]["pseudo_targets"] is True
    assert recipe["settings"]["guided"] is False


def test_the_paper_s_unguided_training_gets_no_guide(run: Run, given: list[Example]) -> None:
    run(unguided=True, recipe_name="paper", steps="1")
    assert all(example.guide is None for example in given)


def test_the_paper_s_recipe_keeps_a_checkpoint_per_stage(run: Run) -> None:
    folder = run(recipe_name="paper", steps="1")
    found = sorted(path.name for path in (folder / "runs" / "tiny").iterdir())
    assert found == ["networks.pt", "stage-1.pt", "stage-2.pt", "stage-3.pt"]
    states = torch.load(folder / "runs" / "tiny" / "networks.pt", weights_only=True)
    assert len(states) == 3, "one network per stage"


def test_a_cohort_without_the_fold_is_refused(
    run: Run, tmp_path: Path, tiny: SimpleNamespace
) -> None:
    tiny.write(tmp_path / "few", "sub-01", 1)
    with pytest.raises(FileFormatError, match="sub-04"):
        run(data=tmp_path / "few")


def test_a_run_is_blended_with_another_that_is_not_trained_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run(name="alone", unguided=True)
    run()
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    run(blend_with="alone")
    guided, alone, blended = (rows_of(folder, n) for n in ("tiny", "alone", "tiny-blended"))
    assert len(guided) == len(alone) == len(blended)
    assert blended[0]["psnr"] not in (guided[0]["psnr"], alone[0]["psnr"])


def test_each_number_of_steps_is_a_run(run: Run) -> None:
    folder = run(steps="1,2")
    for steps in (1, 2):
        content = json.loads((folder / "results" / f"tiny-{steps}.json").read_text())
        assert content["settings"]["steps"] == steps
        assert (folder / "runs" / f"tiny-{steps}" / "networks.pt").is_file()


def test_guides_are_aligned_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run()
    found = sorted(path.name for path in (folder / "runs" / "aligned").iterdir())
    assert len(found) == 10
    assert found[0] == "sub-01-x2.json"
    monkeypatch.setattr(alignment, "register_rigid", lambda *_, **__: pytest.fail("again"))
    run(name="other")
    run(name="headers", register=False)
    content = json.loads((folder / "results" / "headers.json").read_text())
    assert content["settings"]["register"] is False


def test_weights_of_two_trainings_from_one_start_are_averaged(run: Run) -> None:
    folder = run(seeds=2)
    trained = [
        torch.load(folder / "runs" / name / "stage-1.pt", weights_only=True)
        for name in ("tiny", "tiny-seed1")
    ]
    assert [found["state"]["step"] for found in trained] == [2, 2]
    (state,) = torch.load(folder / "runs" / "tiny" / "networks.pt", weights_only=True)
    assert all(value.isfinite().all() for value in state.values())


def test_a_mean_of_weights_keeps_counters() -> None:
    states = [{"w": torch.tensor([1.0, 3.0]) * n, "count": torch.tensor(4)} for n in (1, 2)]
    mean = averaged(states)
    torch.testing.assert_close(mean["w"], torch.tensor([1.5, 4.5]))
    assert mean["count"] == 4
