"""NIfTI files are written: positions, codes, values and data types come back."""

import errno
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crossres.io import (
    describe,
    read,
    read_grid,
    write,
)
from crossres.types import (
    CrossresWarning,
    FileFormatError,
    OutputExistsError,
    OutputWriteError,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Volume
from nifti_files import (
    AFFINE,
    OBLIQUE,
    ORIENTATIONS,
    SHAPE,
    rotated,
    saved,
    stored_as,
    volume,
)


@pytest.mark.parametrize("affine", [AFFINE, OBLIQUE], ids=["straight", "oblique"])
@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_writing_keeps_place_and_voxel_order(
    tmp_path: Path, codes: str, affine: NDArray[np.float64]
) -> None:
    nib.save(stored_as(codes, affine), tmp_path / "a.nii")
    first = read(tmp_path / "a.nii")
    write(first, tmp_path / "b.nii.gz")
    again = read(tmp_path / "b.nii.gz")
    assert again.grid.is_close(first.grid, tolerance=1e-4)
    np.testing.assert_array_equal(again.data, first.data)
    assert describe(tmp_path / "b.nii.gz")["axes"] == codes


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    spacing=st.tuples(*[st.floats(0.2, 8)] * 3),
    flip=st.booleans(),
)
def test_sform_and_qform_agree_at_any_angle(
    tmp_path: Path, angles: tuple[float, ...], spacing: tuple[float, ...], flip: bool
) -> None:
    affine = np.diag([*spacing, 1.0]) @ np.diag([-1.0 if flip else 1.0, 1, 1, 1])
    affine[:3, 3] = -80, 90, 30
    for axis, degrees in enumerate(angles):
        affine = rotated(degrees, axis, affine)
    grid = Grid((3, 4, 5), affine)
    write(Volume(np.ones(grid.shape), grid), tmp_path / "a.nii", overwrite=True)
    header = nib.load(tmp_path / "a.nii").header
    assert int(header["sform_code"]) == 1
    if int(header["qform_code"]) == 0:  # float32 does not hold rotations near 180 degrees
        turned = nib.Nifti1Header()
        turned.set_qform(grid.affine, 1)
        assert sum(float(turned[f"quatern_{part}"]) ** 2 for part in "bcd") > 0.999
    else:
        assert int(header["qform_code"]) == 1
        assert Grid(grid.shape, header.get_qform()).is_close(grid, tolerance=0.1)
    assert read_grid(tmp_path / "a.nii").is_close(grid, tolerance=1e-4)


@pytest.mark.parametrize("degrees", [180, 179.999, 179.97, 179.94, 179.9, 179])
def test_a_qform_that_quaternions_cannot_hold_is_left_out(tmp_path: Path, degrees: float) -> None:
    grid = Grid((240, 2, 100), rotated(degrees, 2))
    write(Volume(np.ones(grid.shape), grid), tmp_path / "a.nii")
    qform, code = nib.load(tmp_path / "a.nii").get_qform(coded=True)
    assert code == 0 or Grid(grid.shape, qform).is_close(grid, tolerance=0.1)
    assert read_grid(tmp_path / "a.nii").is_close(grid, tolerance=1e-3)


def without_a_place(path: Path) -> Path:
    def change(header: nib.Nifti1Header) -> None:
        header["sform_code"] = header["qform_code"] = 0

    data = np.zeros(SHAPE, np.int16)
    data[2:5, 1:3, 3] = 700
    return saved(path, data, change=change)


def bright_spot(path: Path) -> NDArray[np.float64]:
    """Return the centre of the bright voxels as ITK places them, mm."""
    image = SimpleITK.ReadImage(str(path))
    index = np.argwhere(SimpleITK.GetArrayFromImage(image).T > 350).mean(axis=0)
    return np.array(image.TransformContinuousIndexToPhysicalPoint(index.tolist()))


@pytest.mark.parametrize("factors", [(1, 1, 1), (2, 2, 1), (1, 1, 3)])
def test_code_0_remains_0_and_the_result_lies_on_the_scan_in_every_reader(
    tmp_path: Path, factors: tuple[int, int, int]
) -> None:
    with pytest.warns(CrossresWarning, match="left and right are not known"):
        scan = read(without_a_place(tmp_path / "a.nii"))
    assert scan.space == "unknown"
    fine = scan.data.repeat(factors[0], 0).repeat(factors[1], 1).repeat(factors[2], 2)
    result = scan.with_data(fine, scan.grid.refined(factors))
    write(result, tmp_path / "b.nii")
    before, after = nib.load(tmp_path / "a.nii"), nib.load(tmp_path / "b.nii")
    assert (int(after.header["sform_code"]), int(after.header["qform_code"])) == (0, 0)
    assert Grid(result.shape, after.affine).is_close(result.grid)
    assert Grid(SHAPE, before.affine).shares_edges(Grid(result.shape, after.affine))
    # ITK puts the first voxel at the origin, so that half a fine voxel is the least to be had.
    shift = bright_spot(tmp_path / "b.nii") - bright_spot(tmp_path / "a.nii")
    half = (np.array(scan.grid.spacing) - result.grid.spacing) / 2
    np.testing.assert_allclose(shift, half, atol=1e-4)


def test_a_sheared_affine_is_written_as_sform_only(tmp_path: Path) -> None:
    sheared = AFFINE.copy()
    sheared[1, 2] = 0.6
    write(Volume(np.ones(SHAPE), Grid(SHAPE, sheared)), tmp_path / "a.nii")
    with pytest.warns(CrossresWarning, match="sheared sform"):
        facts = describe(tmp_path / "a.nii")
    assert (facts["sform_code"], facts["qform_code"]) == (1, 0)
    with pytest.warns(CrossresWarning, match="sheared sform"):
        assert read_grid(tmp_path / "a.nii").is_close(Grid(SHAPE, sheared), tolerance=1e-4)


@pytest.mark.parametrize(
    ("space", "code"),
    [("unknown", 2), ("scanner", 1), ("aligned", 2), ("talairach", 3), ("mni", 4)],
)
def test_the_space_is_written_as_both_codes(tmp_path: Path, space: str, code: int) -> None:
    write(volume(np.ones(SHAPE), space=space), tmp_path / "a.nii")
    header = nib.load(tmp_path / "a.nii").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (code, code)
    assert header.get_xyzt_units() == ("mm", "sec")
    np.testing.assert_allclose(header.get_sform(), AFFINE, atol=1e-5)
    np.testing.assert_allclose(header.get_zooms(), (0.9, 1.1, 3.0), rtol=1e-6)


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "int16", "uint16", "int32", "float32", "float64"]
)
def test_whole_numbers_return_exactly_in_the_requested_type(tmp_path: Path, dtype: str) -> None:
    data = np.arange(210).reshape(SHAPE) % 128
    write(volume(data), tmp_path / "a.nii.gz", dtype=dtype)
    again = read(tmp_path / "a.nii.gz")
    assert again.stored_dtype == dtype
    np.testing.assert_array_equal(again.data, data)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32"])
def test_fractions_are_scaled_into_the_requested_type(tmp_path: Path, dtype: str) -> None:
    data = np.linspace(0, 3.7e4, 210, dtype=np.float32).reshape(SHAPE)
    write(volume(data), tmp_path / "a.nii", dtype=dtype)
    again = read(tmp_path / "a.nii").data
    step = 3.7e4 / np.iinfo(dtype).max
    np.testing.assert_allclose(again, data, atol=0.51 * step, rtol=1e-6)
    np.testing.assert_array_equal(again == 0, np.rint(data / step) == 0)


@pytest.mark.parametrize("stored", [None, "float32", "float64"])
def test_floats_stay_float32(tmp_path: Path, stored: str | None) -> None:
    data = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    write(volume(data, stored_dtype=stored), tmp_path / "a.nii")
    again = read(tmp_path / "a.nii")
    assert again.stored_dtype == "float32"
    np.testing.assert_array_equal(again.data, data)


@pytest.mark.parametrize(
    ("stored", "highest", "expected"),
    [
        ("uint8", 200, "uint8"),
        ("uint8", 300, "int16"),
        ("int16", 32767, "int16"),
        ("int16", 40000, "uint16"),
        ("int16", 70000, "int32"),
        ("uint16", 65535, "uint16"),
        ("int64", 500, "int16"),
        ("uint32", 100000, "int32"),
    ],
)
def test_whole_numbers_go_back_to_whole_numbers(
    tmp_path: Path, stored: str, highest: int, expected: str
) -> None:
    data = np.rint(np.linspace(0, highest, 210)).reshape(SHAPE)
    write(volume(data, stored_dtype=stored), tmp_path / "a.nii")
    again = read(tmp_path / "a.nii")
    assert again.stored_dtype == expected
    np.testing.assert_array_equal(again.data, data)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stored=st.sampled_from(["uint8", "int16", "uint16", "int32", "int64"]),
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e7),
    seed=st.integers(0, 99),
)
def test_integers_with_a_scale_lose_little_and_keep_zero(
    tmp_path: Path, stored: str, low: float, width: float, seed: int
) -> None:
    data = np.random.default_rng(seed).uniform(low, low + width, SHAPE).astype(np.float32)
    data[0] = 0
    write(volume(data, stored_dtype=stored), tmp_path / "a.nii", overwrite=True)
    again = read(tmp_path / "a.nii")
    assert np.abs(again.data - data).max() < 1e-4 * np.ptp(data)
    assert (again.data[0] == 0).all()


def test_an_enhanced_integer_file_stays_small(tmp_path: Path) -> None:
    data = np.linspace(0, 900, 210, dtype=np.float32).reshape(SHAPE)
    for stored, expected in [("int16", "int16"), ("uint16", "uint16"), ("uint8", "int16")]:
        write(volume(data, stored_dtype=stored), tmp_path / "a.nii", overwrite=True)
        assert read(tmp_path / "a.nii").stored_dtype == expected


@pytest.mark.parametrize("low", [1e5, 0.0])
def test_values_that_integers_cannot_hold_stay_float(tmp_path: Path, low: float) -> None:
    width = 1.0 if low else 1e-37
    data = np.linspace(low, low + width, 210, dtype=np.float32).reshape(SHAPE)
    write(volume(data, stored_dtype="int16"), tmp_path / "a.nii")
    again = read(tmp_path / "a.nii")
    assert again.stored_dtype == "float32"
    np.testing.assert_array_equal(again.data, data)


def test_the_same_volume_makes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = volume(np.ones(SHAPE))
    write(image, tmp_path / "a.nii.gz")
    monkeypatch.setattr("time.time", lambda: 2e9)
    write(image, tmp_path / "b.nii.gz")
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@pytest.mark.parametrize("name", ["a.mha", "a", "a.nii.bz2", "a.img"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileFormatError, match="ending in"):
        write(volume(np.ones(SHAPE)), tmp_path / name)


@pytest.mark.parametrize("dtype", ["int64", "complex64", "float16", "picture"])
def test_other_types_are_refused(tmp_path: Path, dtype: str) -> None:
    with pytest.raises(SettingsError, match="choose one of"):
        write(volume(np.ones(SHAPE)), tmp_path / "a.nii", dtype=dtype)
    assert list(tmp_path.iterdir()) == []


def test_negative_values_do_not_go_into_unsigned_types(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="choose int16"):
        write(volume(np.full(SHAPE, -1.5)), tmp_path / "a.nii", dtype="uint8")


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match="210 NaN"):
        write(volume(np.full(SHAPE, np.nan)), tmp_path / "a.nii")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_kept(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii")
    before = path.read_bytes()
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        write(volume(np.ones(SHAPE)), path)
    assert path.read_bytes() == before
    write(volume(np.ones(SHAPE)), path, overwrite=True)
    assert read(path).data.max() == 1


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OutputWriteError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_write_that_ends_early_leaves_what_was_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stop: BaseException,
    expected: type[BaseException],
) -> None:
    path = saved(tmp_path / "a.nii")
    before = path.read_bytes()

    def half(image: nib.Nifti1Image, temporary: Path) -> None:
        temporary.write_bytes(image.to_bytes()[:500])
        raise stop

    monkeypatch.setattr(nib, "save", half)
    with pytest.raises(expected):
        write(volume(np.ones(SHAPE)), path, overwrite=True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.realdata
@pytest.mark.parametrize("session", ["sub-01", "sub-04", "sub-12"])
def test_real_scans_return_unchanged(tmp_path: Path, data_root: Path, session: str) -> None:
    path = data_root / "clinical" / session / "ses-1" / "anat" / f"{session}_ses-1_T2w.nii.gz"
    first = read(path)
    write(first, tmp_path / "a.nii.gz")
    again = read(tmp_path / "a.nii.gz")
    assert again.grid.is_close(first.grid)
    assert again.stored_dtype in {first.stored_dtype, "float32"}
    np.testing.assert_array_equal(again.data, first.data)
