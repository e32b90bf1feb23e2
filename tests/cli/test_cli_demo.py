"""crossres demo: from nothing to a picture and a page, again and again in the same folder."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from crossres.io import read
from crossres.phantom import make_pair
from crossres.training import External
from crossres.viewer import open_result
from crossres.weights import load_weights, read_card
from crossres.workflows import demo as demonstration
from crossres.workflows.demo import (
    FACTOR,
    Demonstration,
    make_phantoms,
    train_weights,
    score_methods,
    table_rows,
)

Run = Callable[..., Any]
FILES = {
    "unseen_T1w.nii.gz", "unseen_T2w.nii.gz", "unseen_reference.nii.gz", "unseen_bicubic.nii.gz",
    "unseen_learned-here.nii.gz", "unseen_learned-here.json", "unseen_learned-here.maps",
    "learned.safetensors", "loss.png", "comparison.png",
    "report.html", "cohort", "checkpoints",
}  # fmt: skip


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make heads of two slices, and return the folder of shipped weights: empty."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr("crossres.weights.store._shipped", lambda: folder)
    monkeypatch.setattr(demonstration, "SHAPE", (168, 200, 176))
    monkeypatch.setattr(demonstration, "Demonstration", partial(Demonstration, slices=(94, 96)))
    return folder


def test_everything_is_made_and_a_second_run_replaces_it(
    run: Run, tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "make_pair", cache(make_pair))
    folder = tmp_path / "demo"
    done = run("demo", "-o", folder, "--subjects", 1, "--steps", 2)
    assert done.code == 0, done.err
    assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in (folder / "cohort").iterdir()} == {
        "sub-01_T1w.nii.gz",
        "sub-01_T2w.nii.gz",
    }
    assert "bicubic" in done.out
    assert "learned here" in done.out
    assert "report.html" in done.out
    viewable = folder / "unseen_learned-here.nii.gz"
    assert done.out.splitlines()[-1] == f"crossres view {viewable}"
    assert {volume.name for volume in open_result(viewable).maps.volumes} >= {"guide", "residual"}
    assert read_card(folder / "learned.safetensors").data == "1 drawn heads"
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


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """Draw two heads and the unseen one; every later head is the first one again."""
    one = make_pair(1, shape=(32, 36, 176), slices=(94, 97))
    monkeypatch.setattr(demonstration, "make_pair", lambda *_, **__: one)
    demo = Demonstration(tmp_path / "demo", subjects=2, slices=(94, 97), steps=1)
    told: list[tuple[int, int]] = []
    make_phantoms(demo, progress=lambda done, steps: told.append((done, steps)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    return demo


def test_scans_are_coarse_in_the_plane_and_the_reference_is_not(drawn: Demonstration) -> None:
    scan, reference = (read(drawn.folder / f"unseen_{s}.nii.gz") for s in ("T2w", "reference"))
    assert scan.grid.factors_to(reference.grid) == (FACTOR, FACTOR, 1)
    assert read(drawn.cohort / "sub-02_T2w.nii.gz").grid == scan.grid
    assert not list(drawn.cohort.glob("*reference*"))


def test_every_head_has_a_seed_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    one = make_pair(1, shape=(32, 36, 176), slices=(94, 97))
    monkeypatch.setattr(demonstration, "make_pair", lambda s, **_: seeds.append(s) or one)
    for seed in (0, 1):
        make_phantoms(Demonstration(tmp_path / str(seed), subjects=3, seed=seed))
    assert len(set(seeds)) == 8


def test_heads_of_an_earlier_run_are_not_learned_from(
    drawn: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        counted.append(len(examples))
        return fit(self, make, examples, **rest)

    monkeypatch.setattr(External, "fit", spy)
    fewer = Demonstration(drawn.folder, subjects=1, slices=drawn.slices, steps=1)
    train_weights(fewer)
    assert counted == [1]
    assert read_card(fewer.weights).data == "1 drawn heads"
    assert load_weights(fewer.weights).guided


def test_the_truth_scores_best_and_the_gain_is_over_bicubic(drawn: Demonstration) -> None:
    reference = read(drawn.folder / "unseen_reference.nii.gz")
    worse, better = (reference.with_data(reference.data + error) for error in (20, 2))
    scores = score_methods(drawn, {"bicubic": worse, "mine": better})
    rows = table_rows(scores)
    assert [row[0] for row in rows] == ["bicubic", "mine"]
    assert [row[3] for row in rows] == ["+0.00", "+20.00"]
    assert float(rows[1][2]) > float(rows[0][2])
