"""Units are scored once, also after interruptions, and mark the slices that the paper scored."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossres.reproduction import scores
from crossres.reproduction.methods import (
    BICUBIC,
    MODEL_2,
    PROPOSED,
    Method,
)
from crossres.reproduction.protocol import centre
from crossres.reproduction.scores import read_scores, run_unit, scores_of
from crossres.reproduction.scoring import METRICS
from crossres.reproduction.subjects import Subject, volumes
from crossres.reproduction.units import Unit
from crossres.training.loop import Training

MakeUnit = Callable[..., Unit]
TWO_STAGES = replace(PROPOSED, stages=2)


def measured(unit: Unit, runs: Path) -> list[tuple[str, ...]]:
    """Return what was scored, without the time it took."""
    columns = ("case", "slice", "centre", *METRICS)
    return [tuple(row[column] for column in columns) for row in read_scores(unit, runs)]


def test_every_scored_slice_has_a_row_and_one_is_the_centre(
    unit_of: MakeUnit, subjects: list[Subject], tmp_path: Path
) -> None:
    unit = unit_of(BICUBIC.method, test=tuple(subjects[2:]))
    assert read_scores(unit, tmp_path) == []
    run_unit(unit, tmp_path)
    rows = read_scores(unit, tmp_path)
    assert {row["case"] for row in rows} == {subject.name for subject in unit.test}
    for subject in unit.test:
        own = [row for row in rows if row["case"] == subject.name]
        (middle,) = [row for row in own if row["centre"] == "True"]
        slices, every = volumes(subject)[1].grid.shape[2], unit.budget.score_every
        first = centre(slices) % every
        assert first + every * int(middle["slice"]) == centre(slices)
        assert len(own) == len(range(first, slices, every))
    for row in rows:
        # What cannot be, intensities below 0, is taken from estimates only.
        gain = float(row["psnr"]) - float(row["bicubic_psnr"])
        assert 0 <= gain < 0.05


def test_what_made_the_scores_is_kept_beside_them(unit_of: MakeUnit, tmp_path: Path) -> None:
    unit = unit_of(BICUBIC.method)
    seconds = run_unit(unit, tmp_path)
    content = json.loads(scores_of(unit, tmp_path).with_suffix(".json").read_text())
    assert content["seconds"] == seconds > 0
    assert content["test"] == [subject.name for subject in unit.test]
    assert content["train"] == [subject.name for subject in unit.train]
    assert content["method"]["regime"] == "bicubic"
    assert {"command", "commit", "machine"} <= set(content["provenance"])


def test_a_unit_that_was_run_is_not_run_again(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = unit_of(BICUBIC.method)
    run_unit(unit, tmp_path)
    before = scores_of(unit, tmp_path).read_bytes()
    monkeypatch.setattr(scores, "enhancer_for", lambda *_: pytest.fail("run again"))
    assert run_unit(unit, tmp_path) == 0
    assert scores_of(unit, tmp_path).read_bytes() == before


@pytest.mark.parametrize(("method", "own"), [(PROPOSED, False), (MODEL_2, True)])
def test_training_for_one_subject_is_timed(
    unit_of: MakeUnit, tmp_path: Path, method: Method, own: bool
) -> None:
    unit = unit_of(replace(method, stages=1))
    run_unit(unit, tmp_path)
    took = [float(row["learning_seconds"]) for row in read_scores(unit, tmp_path)]
    assert all(seconds > 0 if own else seconds == 0 for seconds in took)


@pytest.mark.parametrize("method", [TWO_STAGES, replace(TWO_STAGES, regime="internal")])
def test_an_interrupted_training_resumes(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: Method
) -> None:
    unit = unit_of(method)
    run_unit(unit, tmp_path / "whole")
    step, taken = Training.step, []

    def stop(self: Training, draw: Any) -> float:
        taken.append(self.state.step)
        if len(taken) == 4:
            raise KeyboardInterrupt
        return step(self, draw)

    monkeypatch.setattr(Training, "step", stop)
    with pytest.raises(KeyboardInterrupt):
        run_unit(unit, tmp_path / "runs")
    assert not scores_of(unit, tmp_path / "runs").exists()
    run_unit(unit, tmp_path / "runs")
    assert taken == [0, 1, 0, 1, 0, 1], "the first stage is not trained again"
    assert measured(unit, tmp_path / "runs") == measured(unit, tmp_path / "whole")
