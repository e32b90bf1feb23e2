"""NRRD files hold the affine exactly, and the same bytes for the same image."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io import nrrd
from crossres.types import OutputExistsError
from crossres.volume import Grid, Volume

GRID = Grid((3, 4, 5), np.array([[0.1, 0, 0.3, -1 / 3], [0, 2, 0, 7e-7], [-0.3, 0, 0.1, 1e3],
                                 [0, 0, 0, 1]]))  # fmt: skip


def test_the_affine_is_kept_to_the_last_bit(tmp_path: Path) -> None:
    path, volume = tmp_path / "a.nrrd", Volume(np.ones(GRID.shape), GRID)
    nrrd.write(volume, path)
    assert np.array_equal(nrrd.load(path)[0].affine, volume.affine)


def test_one_image_is_always_the_same_file(tmp_path: Path) -> None:
    volume = Volume(np.arange(60).reshape(GRID.shape), GRID)
    contents = []
    for name in ("a.nrrd", "b.nrrd"):
        nrrd.write(volume, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert b"space: left-posterior-superior\n" in contents[0]
    with pytest.raises(OutputExistsError):
        nrrd.write(volume, tmp_path / "a.nrrd")


@pytest.mark.parametrize("dtype", ["int8", "uint32", "float64"])
def test_a_type_can_be_chosen(tmp_path: Path, dtype: str) -> None:
    path, volume = tmp_path / "a.nrrd", Volume(np.arange(60).reshape(GRID.shape), GRID)
    nrrd.write(volume, path, dtype=dtype)
    assert nrrd.load(path)[0].stored_dtype == dtype
