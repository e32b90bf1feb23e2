"""Weights, loss curve and picture are written together or not at all."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from crossres.types import CrossresWarning, FileFormatError, OutputExistsError
from crossres.weights import load_weights, read_card
from crossres.workflows.train import (
    CardEntries,
    fit_recipe,
    training_paths,
    weight_card,
    write_training,
)


def test_the_three_files_belong_together(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans, plan = small.training_set(folder), small.plan(2)
    cascade, curves = fit_recipe(scans, plan, work=tmp_path / "work")
    card = weight_card(scans, plan, cascade, curves, CardEntries("m", "T2w", "T1w", "", ""))
    paths = training_paths(tmp_path / "my.safetensors")
    paths[1].write_text("precious")
    with pytest.raises(OutputExistsError):
        write_training(cascade, card, curves, paths)
    assert not paths[0].exists()
    assert not paths[2].exists()
    write_training(cascade, card, curves, paths, overwrite=True)
    assert all(path.stat().st_size for path in paths)
    assert read_card(paths[0]) == card
    assert load_weights(paths[0]).stage_factor == cascade.stage_factor


def test_without_matplotlib_the_picture_alone_is_missing(
    folder: Path, tmp_path: Path, small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans, plan = small.training_set(folder), small.plan(2)
    cascade, curves = fit_recipe(scans, plan, work=tmp_path / "work")
    card = weight_card(scans, plan, cascade, curves, CardEntries("m", "T2w", "T1w", "", ""))
    paths = training_paths(tmp_path / "my.safetensors")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    missing = (
        r"loss.png was not made: .* needs the extra 'report': pip install 'crossres\[report\]'"
    )
    with pytest.warns(CrossresWarning, match=missing):
        write_training(cascade, card, curves, paths)
    assert [path.exists() for path in paths] == [True, True, False]


def test_weights_have_their_ending() -> None:
    with pytest.raises(FileFormatError, match=r"ending in \.safetensors"):
        training_paths(Path("my.pt"))
