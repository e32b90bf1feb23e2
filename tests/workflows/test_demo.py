"""The demonstration trains on coarse scans only, and scores against the reference."""

from pathlib import Path
from typing import Any

import pytest

from crossres.io import read
from crossres.phantom import make_pair
from crossres.training import External
from crossres.types import OutputExistsError
from crossres.weights import load_weights, read_card
from crossres.workflows import demo as demonstration
from crossres.workflows.demo import (
    FACTOR,
    INTERPOLATED,
    LABELS,
    SHIPPED,
    TRAINED,
    Demonstration,
    estimate_file,
    make_phantoms,
    score_methods,
    table_rows,
    train_weights,
)


@pytest.fixture
def phantoms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demonstration:
    """Simulate two phantoms and the test phantom; all are the same one."""
    one = make_pair(1, shape=(32, 36, 176), slices=(94, 97))
    monkeypatch.setattr(demonstration, "make_pair", lambda *_, **__: one)
    demo = Demonstration(tmp_path / "demo", subjects=2, slices=(94, 97), steps=1)
    reported: list[tuple[int, int]] = []
    make_phantoms(demo, progress=lambda done, steps: reported.append((done, steps)))
    assert reported == [(1, 3), (2, 3), (3, 3)]
    return demo


def test_scans_are_coarse_in_the_plane_and_the_reference_is_not(phantoms: Demonstration) -> None:
    scan, reference = (read(phantoms.folder / f"unseen_{s}.nii.gz") for s in ("T2w", "reference"))
    assert scan.grid.factors_to(reference.grid) == (FACTOR, FACTOR, 1)
    assert read(phantoms.cohort / "sub-02_T2w.nii.gz").grid == scan.grid
    assert not list(phantoms.cohort.glob("*reference*"))


def test_every_phantom_has_a_seed_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: list[int] = []
    one = make_pair(1, shape=(32, 36, 176), slices=(94, 97))
    monkeypatch.setattr(demonstration, "make_pair", lambda s, **_: seeds.append(s) or one)
    for seed in (0, 1):
        make_phantoms(Demonstration(tmp_path / str(seed), subjects=3, seed=seed))
    assert len(set(seeds)) == 8


def test_a_folder_of_other_files_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(OutputExistsError, match="holds other files"):
        make_phantoms(Demonstration(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_phantoms_of_an_earlier_run_are_not_trained_on(
    phantoms: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        counted.append(len(examples))
        return fit(self, make, examples, **rest)

    monkeypatch.setattr(External, "fit", spy)
    fewer = Demonstration(phantoms.folder, subjects=1, slices=phantoms.slices, steps=1)
    train_weights(fewer)
    assert counted == [1]
    assert read_card(fewer.weights).data == "1 digital phantoms"
    assert load_weights(fewer.weights).guided


def test_the_reference_scores_best_and_the_gain_is_over_interpolation(
    phantoms: Demonstration,
) -> None:
    reference = read(phantoms.folder / "unseen_reference.nii.gz")
    worse, better = (reference.with_data(reference.data + error) for error in (20, 2))
    scores = score_methods(phantoms, {INTERPOLATED: worse, TRAINED: better})
    rows = table_rows(scores)
    assert [row[0] for row in rows] == ["interpolated (cubic)", "trained here"]
    assert [row[3] for row in rows] == ["+0.00", "+20.00"]
    assert float(rows[1][2]) > float(rows[0][2])


def test_methods_have_the_file_names_of_every_version(tmp_path: Path) -> None:
    names = [estimate_file(Demonstration(tmp_path), method).name for method in LABELS]
    stems = ("bicubic", "learned-here", "shipped-weights")
    assert names == [f"unseen_{stem}.nii.gz" for stem in stems]
    assert list(LABELS) == [INTERPOLATED, TRAINED, SHIPPED]
