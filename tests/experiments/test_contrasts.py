"""Every contrast is tried with every other one, as the weights are meant to be used."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from crossres.cascade import Cascade
from crossres.datasets import Case
from crossres.experiments import contrasts
from crossres.experiments.contrasts import CONTRASTS, contrast_of, means, measure, sessions
from crossres.experiments.scoring import Row
from crossres.io import read, write
from crossres.networks import GuidedRDN


def cascade(*, guided: bool, axes: int = 2) -> Cascade:
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided)
    return Cascade((network,), 2.0, axes=axes)


@pytest.fixture
def data(tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one session of three contrasts; registration is switched off."""
    anat = tmp_path / "clinical" / "anat"
    tiny.write(anat, "sub-01", 1)
    flair = read(anat / "sub-01_T2w.nii.gz")
    write(flair.with_data(900 - flair.data), anat / "sub-01_FLAIR.nii.gz")
    monkeypatch.setattr("crossres.pairing.register_rigid", lambda *_, **__: None)
    return tmp_path


def test_each_two_contrasts_are_a_pair(data: Path) -> None:
    pairs = {(contrast_of(c.target), contrast_of(c.guide or c.target)) for c in sessions(data)}
    assert pairs == {(t, g) for t in CONTRASTS for g in CONTRASTS if t != g}


@pytest.mark.parametrize("axes", [2, 1])
def test_networks_that_add_nothing_gain_alike_with_and_without_a_guide(
    data: Path, axes: int
) -> None:
    cascades = cascade(guided=True, axes=axes), cascade(guided=False, axes=axes)
    row = measure(next(sessions(data)), 2.0, cascades, 4)
    assert row is not None
    assert (row["target"], row["guide"]) == ("T2w", "FLAIR")
    assert row["guided"] == pytest.approx(row["unguided"])


def test_a_guide_that_is_too_coarse_is_left_out(data: Path) -> None:
    case = next(sessions(data))
    fine = read(case.target)
    coarse = fine.grid.coarsened((4, 4, 1))
    blocks = fine.data.reshape(8, 4, 7, 4, 16).mean((1, 3))
    write(fine.with_data(blocks, coarse), data / "coarse_T1w.nii.gz")
    unfit = Case("sub-01", case.target, data / "coarse_T1w.nii.gz")
    assert measure(unfit, 2.0, (cascade(guided=True), cascade(guided=False)), 4) is None


def test_gains_are_averaged_over_sessions() -> None:
    rows: list[Row] = [
        {"target": "FLAIR", "guide": guide, "guided": guided, "unguided": 1.0}
        for guide, guided in (("T1w", 2.0), ("T1w", 4.0), ("T2w", 5.0))
    ]
    assert means(rows) == {
        "FLAIR guided by T1w": {"guided": 3.0, "unguided": 1.0},
        "FLAIR guided by T2w": {"guided": 5.0, "unguided": 1.0},
    }


def test_results_name_the_weights(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"g": cascade(guided=True), "u": cascade(guided=False)}
    monkeypatch.setattr(contrasts, "load_weights", made.__getitem__)
    cards = {name: SimpleNamespace(name=name, commit=f"commit of {name}") for name in made}
    monkeypatch.setattr(contrasts, "read_card", cards.__getitem__)
    contrasts.main(data, "g", "u", 2.0, 8, data)
    found = json.loads((data / "g.json").read_text())
    assert found["made"] == {"g": "commit of g", "u": "commit of u"}
    assert len(found["mean"]) == 6
