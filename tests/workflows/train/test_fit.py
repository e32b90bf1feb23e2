"""A training resumes to the same weights, and its folder belongs to it alone."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from crossres.io import find_cases
from crossres.types import SettingsError
from crossres.workflows.train import fit_recipe, identify_inputs


def test_a_training_resumes_to_the_same_weights(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    whole, _ = fit_recipe(scans, small.plan(), work=tmp_path / "whole")

    def stop(step: int, steps: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_recipe(scans, small.plan(), work=tmp_path / "parts", progress=stop)
    resumed, curves = fit_recipe(scans, small.plan(), work=tmp_path / "parts")
    for a, b in zip(whole.networks[0].parameters(), resumed.networks[0].parameters(), strict=True):
        assert torch.equal(a, b)
    assert [len(curve) for curve in curves] == [2]


def test_checkpoints_belong_to_one_training(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans, work = small.training_set(folder), tmp_path / "work"
    fit_recipe(scans, small.plan(2), work=work)
    fit_recipe(scans, small.plan(2), work=work)
    fewer = replace(scans, names=("sub-0",))
    more = replace(scans, simulated=scans.examples)
    for other, plan in ((scans, small.plan(4)), (fewer, small.plan(2)), (more, small.plan(2))):
        with pytest.raises(SettingsError, match="give another `work` folder"):
            fit_recipe(other, plan, work=work)
    with pytest.raises(SettingsError, match="give another `work` folder"):
        fit_recipe(scans, small.plan(2), work=work, inputs={"registered": True})


def test_the_record_holds_what_differs_from_the_defaults(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    fit_recipe(small.training_set(folder), small.plan(2), work=tmp_path / "work")
    record = json.loads((tmp_path / "work" / "training.json").read_text())
    assert list(record) == ["plan", "factor", "cases", "simulated"]
    assert record["plan"]["regime"]["learning"]["training"] == {"steps": 2, "epoch": 2}
    assert record["cases"] == ["sub-0", "sub-1"]


def test_inputs_are_identified_by_names_and_sizes(folder: Path) -> None:
    identity = identify_inputs(find_cases(folder), registered=True)
    sizes = [(p.name, p.stat().st_size) for p in folder.iterdir()]
    assert identity["registered"] is True
    assert sorted(map(tuple, identity["files"])) == sorted(sizes)
