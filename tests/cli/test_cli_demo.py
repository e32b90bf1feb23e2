"""crossres demo: from nothing to a picture and a report, also twice in the same folder."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crossres.phantom import make_pair
from crossres.viewer import open_result
from crossres.weights import read_card
from crossres.workflows import demo as demonstration
from crossres.workflows.demo import phantoms
from demonstrations import small_demonstration

Run = Callable[..., Any]
FILES = {
    "unseen_T1w.nii.gz", "unseen_T2w.nii.gz", "unseen_reference.nii.gz",
    "unseen_interpolated.nii.gz",
    "unseen_learned-here.nii.gz", "unseen_learned-here.json", "unseen_learned-here.maps",
    "learned.safetensors", "loss.png", "comparison.png",
    "report.html", "cohort", "checkpoints",
}  # fmt: skip


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make small phantoms, and return the folder of shipped weights: empty."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr("crossres.weights.index.shipped_folder", lambda: folder)
    monkeypatch.setattr(demonstration, "Demonstration", small_demonstration)
    return folder


def test_everything_is_made_and_a_second_run_replaces_it(
    run: Run, tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phantoms, "make_pair", cache(make_pair))
    folder = tmp_path / "demo"
    done = run("demo", "-o", folder, "--subjects", 1, "--steps", 2)
    assert done.code == 0, done.err
    assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in (folder / "cohort").iterdir()} == {
        "sub-01_T1w.nii.gz",
        "sub-01_T2w.nii.gz",
    }
    assert "interpolated (cubic)" in done.out
    assert "trained here" in done.out
    assert "report.html" in done.out
    viewable = folder / "unseen_learned-here.nii.gz"
    assert done.out.splitlines()[-1] == f"crossres view {viewable}"
    assert {volume.name for volume in open_result(viewable).maps.volumes} >= {"guide", "residual"}
    assert read_card(folder / "learned.safetensors").data == "1 digital phantoms"
    first = (folder / "learned.safetensors").read_bytes()

    (shipped / "t1-t2-axial-x2.safetensors").write_bytes(first)
    done = run("demo", "-o", folder, "--subjects", 1, "--steps", 3, "--quiet")
    assert done.code == 0, done.err
    assert done.out == ""
    shipped_too = {f"unseen_shipped-weights.{ending}" for ending in ("nii.gz", "json", "maps")}
    assert {path.name for path in folder.iterdir()} == FILES | shipped_too
    assert (folder / "learned.safetensors").read_bytes() != first
    assert "shipped weights" in (folder / "report.html").read_text()


@pytest.mark.parametrize("option", ["--steps", "--subjects", "--threads"])
def test_a_number_below_one_is_refused(run: Run, tmp_path: Path, option: str) -> None:
    done = run("demo", "-o", tmp_path / "demo", option, 0)
    assert done.code == 2
    assert done.error.startswith("crossres: error: ")
    assert not (tmp_path / "demo").exists()


def test_a_file_in_the_way_of_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("precious")
    done = run("demo", "-o", tmp_path / "demo", "--steps", 1, "--subjects", 1)
    assert done.code == 2
    assert str(tmp_path / "demo") in done.error
    assert (tmp_path / "demo").read_text() == "precious"
