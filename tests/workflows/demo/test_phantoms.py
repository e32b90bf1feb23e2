"""The phantoms: coarse scans for the training, and a test phantom that moved between its scans."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io import read
from crossres.phantom import make_pair
from crossres.registration import align
from crossres.types import OutputExistsError
from crossres.volume import Volume
from crossres.workflows.demo import FACTOR, make_phantoms
from crossres.workflows.demo import phantoms as module
from demonstrations import small_demonstration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulate two phantoms and the test phantom."""
    demo = small_demonstration(tmp_path_factory.mktemp("phantoms") / "demo", subjects=2)
    reported: list[tuple[int, int]] = []
    make_phantoms(demo, progress=lambda done, steps: reported.append((done, steps)))
    assert reported == [(1, 3), (2, 3), (3, 3)]
    return demo.folder


def test_scans_are_coarse_in_the_plane_and_the_reference_is_not(folder: Path) -> None:
    scan, reference = (read(folder / f"unseen_{s}.nii.gz") for s in ("T2w", "reference"))
    assert scan.grid.factors_to(reference.grid) == (FACTOR, FACTOR, 1)
    assert read(folder / "cohort/sub-02_T2w.nii.gz").grid.spacing == scan.grid.spacing
    assert not list(folder.glob("cohort/*reference*"))


def test_the_head_moved_between_the_scans_and_registration_finds_the_motion(folder: Path) -> None:
    target, guide = (read(folder / f"unseen_{s}.nii.gz") for s in ("T2w", "T1w"))
    fine = read(folder / "unseen_reference.nii.gz").grid
    found = align(target, guide, fine).registration
    assert found is not None
    matrix = found.transform.matrix
    np.testing.assert_allclose(matrix[:3, 3], module.MOTION_MM, atol=0.5)
    assert found.transform.angle_degrees == pytest.approx(module.TURN_DEGREES, abs=0.4)


def test_phantoms_of_the_training_set_did_not_move(folder: Path) -> None:
    target, guide = (read(folder / f"cohort/sub-01_{s}.nii.gz") for s in ("T2w", "T1w"))
    assert target.grid.shares_edges(guide.grid)


def test_every_phantom_has_a_seed_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds: list[int] = []
    one = make_pair(1, shape=(32, 36, 176), slices=(94, 97))

    def pair(seed: int, **_: object) -> tuple[Volume, Volume]:
        seeds.append(seed)
        return one

    monkeypatch.setattr(module, "make_pair", pair)
    for seed in (0, 1):
        make_phantoms(small_demonstration(tmp_path / str(seed), subjects=3, seed=seed))
    assert len(set(seeds)) == 8


def test_a_folder_of_other_files_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(OutputExistsError, match="holds other files"):
        make_phantoms(small_demonstration(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
