"""Each method trains once, on the images that its regime is given."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from crossres.inference import Example, GuidedRegression, super_resolve
from crossres.reproduction import Budget, units
from crossres.reproduction.methods import (
    BICUBIC,
    MODEL_1,
    MODEL_2,
    PROPOSED,
    REGRESSION,
    THEN,
    ZSSR,
    Method,
)
from crossres.reproduction.protocol import simulate_subject
from crossres.reproduction.trainings import enhancer_for, external_cascade
from crossres.training.loop import Training
from crossres.types import SettingsError

MakeUnit = Callable[..., units.Unit]
Given = dict[str, list[Example]]
QUICK = replace(PROPOSED, stages=2)


def one_stage(method: Method) -> Method:
    return replace(method, stages=1)


@pytest.fixture
def simulated_subjects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the names of the subjects that examples are made of."""
    names: list[str] = []

    def record(subject: Any, *words: Any, **rest: Any) -> Any:
        names.append(subject.name)
        return simulate_subject(subject, *words, **rest)

    monkeypatch.setattr(units, "simulate_subject", record)
    return names


def test_bicubic_has_no_training(unit_of: MakeUnit, tmp_path: Path, idle: None) -> None:
    unit = unit_of(BICUBIC.method)
    simulated = simulate_subject(unit.test[0], 2, guided=False, every=4)
    result = super_resolve(enhancer_for(unit, unit.test[0], tmp_path), simulated.pair)
    shown = result.volume.data > 0
    assert shown.any()
    error = (result.volume.data - result.interpolated.data)[shown]
    assert abs(error).max() < 1e-3 * result.volume.data.max()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("method", [ZSSR, MODEL_2], ids=["ZSSR", "Model 2"])
def test_internal_training_gets_the_test_subject_s_own_scan_alone(
    unit_of: MakeUnit,
    tmp_path: Path,
    given: Given,
    simulated_subjects: list[str],
    method: Method,
) -> None:
    unit = unit_of(one_stage(method))
    enhancer_for(unit, unit.test[0], tmp_path)
    assert simulated_subjects == [unit.test[0].name]
    assert given["supervised"] == []
    (image,) = given["external"]
    assert tuple(image.target.shape[2:]) == image.coarse.shape[:2] == (16, 14)
    assert (image.guide is not None) is method.guided


@pytest.mark.parametrize("method", [MODEL_1, PROPOSED], ids=["Model 1", "proposed"])
def test_external_training_gets_scans_of_the_others(
    unit_of: MakeUnit,
    tmp_path: Path,
    given: Given,
    simulated_subjects: list[str],
    method: Method,
) -> None:
    unit = unit_of(one_stage(method))
    enhancer_for(unit, unit.test[0], tmp_path)
    assert simulated_subjects == [subject.name for subject in unit.train]
    assert given["supervised"] == []
    assert len(given["external"]) == len(unit.train)
    for example in given["external"]:
        assert tuple(example.target.shape[2:]) == example.coarse.shape[:2] == (16, 14)


def test_supervised_rows_alone_get_references_and_of_the_others_only(
    unit_of: MakeUnit, tmp_path: Path, given: Given, simulated_subjects: list[str]
) -> None:
    unit = unit_of(Method("supervised", guided=True))
    enhancer_for(unit, unit.test[0], tmp_path)
    assert simulated_subjects == [subject.name for subject in unit.train]
    assert given["external"] == []
    for example in given["supervised"]:
        assert tuple(example.target.shape[2:]) == example.fine.shape[:2] == (32, 28)


def test_adaptation_gets_the_others_first_and_then_the_test_subject(
    unit_of: MakeUnit, tmp_path: Path, given: Given, simulated_subjects: list[str]
) -> None:
    unit = unit_of(one_stage(THEN))
    adapted = enhancer_for(unit, unit.test[0], tmp_path)
    assert sorted(simulated_subjects) == sorted(s.name for s in (*unit.train, *unit.test))
    assert given["supervised"] == []
    assert len(given["external"]) == len(unit.train) + 1
    parent = external_cascade(unit.parent, tmp_path)
    pairs = zip(adapted.networks, parent.networks, strict=True)
    assert all(
        not torch.equal(one.state_dict()["out.weight"], two.state_dict()["out.weight"])
        for one, two in pairs
    )
    assert (adapted.back_projection.kind, parent.back_projection.kind) == ("none", "iterative")


def test_what_others_have_trained_is_not_trained_again(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = unit_of(one_stage(PROPOSED))
    enhancer_for(unit, unit.test[0], tmp_path)
    kept = (tmp_path / unit.training_key / "networks.pt").read_bytes()
    taken: list[int] = []
    step = Training.step
    monkeypatch.setattr(
        Training, "step", lambda self, draw: taken.append(self.state.step) or step(self, draw)
    )
    other = replace(unit, test=unit.train[:1], budget=replace(unit.budget, score_every=1))
    enhancer_for(other, other.test[0], tmp_path)
    assert taken == []
    then = unit_of(one_stage(THEN))
    enhancer_for(then, then.test[0], tmp_path)
    assert taken == [0, 1], "only what goes on is trained"
    assert (tmp_path / unit.training_key / "networks.pt").read_bytes() == kept


@pytest.mark.parametrize("method", [QUICK, Method("default", guided=True)])
def test_a_kept_cascade_is_the_one_that_was_trained(
    unit_of: MakeUnit, smoke: Budget, tmp_path: Path, method: Method
) -> None:
    unit = unit_of(method, factor=4, budget=replace(smoke, register=False))
    examples = [unit.example(subject, tmp_path) for subject in unit.train]
    given, curves = unit.plan.regime.fit(unit.plan.make, examples)
    kept = enhancer_for(unit, unit.test[0], tmp_path)
    low = unit.example(unit.test[0], tmp_path)
    one, two = (c.enhance(low.target, low.guide, low.coarse, low.fine) for c in (given, kept))
    torch.testing.assert_close(one, two, rtol=0, atol=1e-6)
    assert kept.stage_factor == pytest.approx(given.stage_factor)
    stored = json.loads((tmp_path / unit.training_key / "curves.json").read_text())
    assert stored["curves"] == curves


def test_an_ensemble_averages_over_eight_orientations(unit_of: MakeUnit, tmp_path: Path) -> None:
    method = Method("default", guided=True, ensemble=True)
    cascade = enhancer_for(unit_of(method), unit_of(method).test[0], tmp_path)
    assert len(cascade.networks[0].orientations) == 8


def test_a_regression_has_no_training(unit_of: MakeUnit, tmp_path: Path) -> None:
    unit = unit_of(REGRESSION)
    assert isinstance(enhancer_for(unit, unit.test[0], tmp_path), GuidedRegression)
    assert list(tmp_path.iterdir()) == []
    assert unit.key == unit_of(REGRESSION, train=unit.train[:1]).key


def test_damaged_networks_are_named(unit_of: MakeUnit, tmp_path: Path) -> None:
    unit = unit_of(one_stage(PROPOSED))
    folder = tmp_path / unit.training_key
    external_cascade(unit, tmp_path)
    data = bytearray((folder / "networks.pt").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "networks.pt").write_bytes(data)
    with pytest.raises(SettingsError, match=r"networks\.pt is damaged; remove it"):
        external_cascade(unit, tmp_path)
    assert not (folder / "lock").exists()
