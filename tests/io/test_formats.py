"""Every format keeps intensities and places: round trips, and what ITK and nibabel read."""

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings

from any_grid import grids
from crossres.files.outputs import IMAGES
from crossres.io import describe, find_input, read, write
from crossres.types import CrossresError, FileFormatError, SettingsError
from crossres.volume import Grid, Volume

OTHERS = [ending for ending in IMAGES if not ending.startswith(".nii")]
LPS = np.diag([-1.0, -1.0, 1.0])
AFFINES = {
    "RAS": np.diag([1.5, 2.0, 3.0, 1.0]),
    "LAS": np.diag([-1.5, 2.0, 3.0, 1.0]),
    "LPS": np.diag([-1.5, -2.0, 3.0, 1.0]),
    "PIR": np.array([[0, 0, 3.0, 7], [-1.5, 0, 0, 8], [0, -2.0, 0, 9], [0, 0, 0, 1]]),
}


def scan(grid: Grid, dtype: str = "int16") -> Volume:
    numbers = np.random.default_rng(0).integers(1, 100, grid.shape)
    return Volume(numbers, grid, stored_dtype=dtype)


def world_of(path: Path, index: tuple[int, ...]) -> np.ndarray:
    """Return the place of a voxel as another program reads it, RAS+ mm."""
    if path.suffix == ".nrrd":
        return LPS @ SimpleITK.ReadImage(str(path)).TransformIndexToPhysicalPoint(index)
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".mgz" else content
    return nib.MGHImage.from_bytes(content).affine[:3] @ [*index, 1]


@pytest.mark.parametrize("ending", OTHERS)
@given(grid=grids())
@settings(max_examples=15, deadline=None)
def test_any_grid_comes_back(
    tmp_path_factory: pytest.TempPathFactory, ending: str, grid: Grid
) -> None:
    path, volume = tmp_path_factory.mktemp("a") / f"a{ending}", scan(grid)
    write(volume, path)
    found = read(path)
    assert found.grid.is_close(grid, tolerance=1e-3)
    assert np.array_equal(found.data, volume.data)
    assert (found.stored_dtype, found.space) == ("int16", "scanner")


@pytest.mark.parametrize("ending", OTHERS)
@pytest.mark.parametrize("affine", AFFINES.values(), ids=AFFINES)
def test_another_program_places_each_voxel_alike(
    tmp_path: Path, ending: str, affine: np.ndarray
) -> None:
    path, grid = tmp_path / f"a{ending}", Grid((4, 5, 6), affine)
    write(scan(grid), path)
    for index in ((0, 0, 0), (3, 4, 5), (1, 0, 2)):
        expected = grid.affine[:3] @ [*index, 1]
        np.testing.assert_allclose(world_of(path, index), expected, atol=1e-4)


@pytest.mark.parametrize("ending", OTHERS)
def test_what_is_no_whole_number_is_float32(tmp_path: Path, ending: str) -> None:
    path, volume = tmp_path / f"a{ending}", scan(Grid((4, 5, 6), np.eye(4)))
    halves = volume.with_data(volume.data / 2)
    write(halves, path)
    assert np.array_equal(read(path).data, halves.data)
    assert read(path).stored_dtype == "float32"
    with pytest.raises(SettingsError, match="without a scale factor, which only NIfTI has"):
        write(halves, path, dtype="int16", overwrite=True)
    with pytest.raises(SettingsError, match="cannot store 'complex64'; choose one of"):
        write(halves, path, dtype="complex64", overwrite=True)


@pytest.mark.parametrize("ending", OTHERS)
def test_a_position_that_is_not_known_is_not_invented(tmp_path: Path, ending: str) -> None:
    volume = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)), space="unknown")
    with pytest.raises(CrossresError, match=r"position .* is not known, .* ending in .nii.gz"):
        write(volume, tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", OTHERS)
@pytest.mark.parametrize("share", [0.1, 0.6, 0.95])
def test_a_truncated_file_is_refused(tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"a{ending}"
    write(scan(Grid((20, 20, 20), np.eye(4))), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileFormatError, match="; "):
        read(path)


@pytest.mark.parametrize("ending", IMAGES)
def test_metadata_and_checksum_are_those_of_the_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"T2{ending}"
    write(scan(Grid((8, 8, 8), np.diag([1.0, 1.0, 4.0, 1.0]))), path)
    (tmp_path / "T2.json").write_text(json.dumps({"SliceThickness": 3.0}))
    found = find_input(path)
    assert found.read().grid.fwhm == pytest.approx((1, 1, 3))
    assert found.fingerprint()["file"] == path.name
    assert describe(path)["slice_thickness_mm"] == 3.0
    assert ("sform_code" in describe(path)) == (".nii" in ending)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    volume = scan(Grid((4, 5, 6), np.eye(4)))
    with pytest.raises(FileFormatError, match=r"ending in .nii.gz, .nii, .mgz, .mgh or .nrrd"):
        write(volume, tmp_path / "a.img")
    (tmp_path / "a.nhdr").write_text("NRRD0004")
    with pytest.raises(FileFormatError, match=r"convert it to one \.nrrd"):
        read(tmp_path / "a.nhdr")
