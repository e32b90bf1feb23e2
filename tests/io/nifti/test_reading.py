"""NIfTI files are read and written: positions, values, data types, and refused files."""

import errno
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from numpy.typing import NDArray

from crossres.io import (
    describe,
    read,
    read_grid,
    write,
)
from crossres.types import (
    CrossresError,
    FileFormatError,
    GridError,
    OutputExistsError,
    OutputWriteError,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Volume

AFFINE = np.array([[0.9, 0, 0, -20.0], [0, 1.1, 0, 35.0], [0, 0, 3.0, -12.5], [0, 0, 0, 1]])
SHAPE = (7, 6, 5)
ORIENTATIONS = ["RAS", "LAS", "LPS", "PIR", "SLA"]


def rotated(
    degrees: float, axis: int = 0, affine: NDArray[np.float64] = AFFINE
) -> NDArray[np.float64]:
    angle, (a, b) = np.radians(degrees), [n for n in range(3) if n != axis]
    turn = np.eye(4)
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn @ affine


OBLIQUE = rotated(17, 0, rotated(-8, 2))


def scene(grid: Grid) -> NDArray[np.float32]:
    """Draw one head-like blob that depends on the place in the world only."""
    points = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    x, y, z = np.moveaxis(points @ grid.affine[:3, :3].T + grid.affine[:3, 3], -1, 0)
    return (1000 * np.exp(-((x + 18) ** 2 + (y - 36) ** 2 + (z + 5) ** 2) / 60)).astype(np.float32)


def stored_as(codes: str, affine: NDArray[np.float64]) -> nib.Nifti1Image:
    """Make a file's image of the scene with nibabel's own reordering, not with ours."""
    image = nib.Nifti1Image(scene(Grid(SHAPE, affine)), affine)
    move = ornt_transform(io_orientation(affine), axcodes2ornt(codes))
    return image.as_reoriented(move)


def saved(
    path: Path,
    data: NDArray[np.generic] | None = None,
    affine: NDArray[np.float64] = AFFINE,
    change: Callable[[nib.Nifti1Header], object] = lambda header: None,
) -> Path:
    """Save a file whose header is changed afterwards, byte by byte: no checks, no repairs."""
    values = np.arange(210, dtype=np.int16).reshape(SHAPE) if data is None else data
    image = nib.Nifti1Image(values, affine, dtype=values.dtype)
    image.header.set_slope_inter(1, 0)
    content = image.to_bytes()
    header = nib.Nifti1Header(content[:348], check=False)
    change(header)
    content = header.binaryblock + content[348:]
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def volume(data: NDArray[np.generic], **keywords: object) -> Volume:
    shape = (data.shape[0], data.shape[1], data.shape[2])
    return Volume(data, Grid(shape, AFFINE), **keywords)  # type: ignore[arg-type]


def refused(path: Path, kind: type[CrossresError], *words: str) -> None:
    with pytest.raises(kind) as caught:
        read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert path.name in text
    for word in words:
        assert word in text


# Places


@pytest.mark.parametrize("affine", [AFFINE, OBLIQUE], ids=["straight", "oblique"])
@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_a_scene_is_where_it_is_however_it_is_stored(
    tmp_path: Path, codes: str, affine: NDArray[np.float64]
) -> None:
    nib.save(stored_as(codes, affine), tmp_path / "a.nii.gz")
    image = read(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(image.data, scene(image.grid), atol=0.01)
    plain = image.canonical()
    assert plain.grid.is_close(Grid(SHAPE, affine), tolerance=1e-4)
    np.testing.assert_allclose(plain.data, scene(Grid(SHAPE, affine)), atol=0.01)


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
    assert int(header["qform_code"]) == int(header["sform_code"]) == 1
    assert Grid(grid.shape, header.get_qform()).is_close(grid, tolerance=0.1)
    assert read_grid(tmp_path / "a.nii").is_close(grid, tolerance=1e-4)


@pytest.mark.parametrize("degrees", [180, 179.999, 179.97, 179.94, 179.9, 179])
def test_a_qform_that_quaternions_cannot_hold_is_left_out(tmp_path: Path, degrees: float) -> None:
    grid = Grid((240, 2, 100), rotated(degrees, 2))
    write(Volume(np.ones(grid.shape), grid), tmp_path / "a.nii")
    qform, code = nib.load(tmp_path / "a.nii").get_qform(coded=True)
    assert code == 0 or Grid(grid.shape, qform).is_close(grid, tolerance=0.1)
    assert read_grid(tmp_path / "a.nii").is_close(grid, tolerance=1e-3)


def test_a_sheared_affine_is_written_as_sform_only(tmp_path: Path) -> None:
    sheared = AFFINE.copy()
    sheared[1, 2] = 0.6
    write(Volume(np.ones(SHAPE), Grid(SHAPE, sheared)), tmp_path / "a.nii")
    facts = describe(tmp_path / "a.nii")
    assert (facts["sform_code"], facts["qform_code"]) == (1, 0)
    assert read_grid(tmp_path / "a.nii").is_close(Grid(SHAPE, sheared), tolerance=1e-4)


def codes(sform: int, qform: int) -> Callable[[nib.Nifti1Header], object]:
    def change(header: nib.Nifti1Header) -> None:
        header.set_sform(AFFINE, sform)
        header.set_qform(rotated(10), qform)

    return change


@pytest.mark.parametrize(
    ("sform", "qform", "space"),
    [
        (1, 2, "scanner"),
        (2, 0, "aligned"),
        (3, 1, "talairach"),
        (4, 1, "mni"),
        (0, 1, "scanner"),
        (0, 4, "mni"),
        (5, 0, "aligned"),
        (0, 0, "unknown"),
    ],
)
def test_sform_comes_before_qform_before_nothing(
    tmp_path: Path, sform: int, qform: int, space: str
) -> None:
    image = read(saved(tmp_path / "a.nii", change=codes(sform, qform)))
    assert image.space == space
    assert image.grid.spacing == pytest.approx((0.9, 1.1, 3.0), rel=1e-5)
    if sform or qform:
        expected = AFFINE if sform else rotated(10)
        assert image.grid.is_close(Grid(SHAPE, expected), tolerance=1e-4)


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


@pytest.mark.parametrize(("unit", "scale"), [(0, 1), (1, 1e3), (2, 1), (3, 1e-3), (7, 1), (10, 1)])
def test_lengths_become_mm(tmp_path: Path, unit: int, scale: float) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h.__setitem__("xyzt_units", unit))
    affine = AFFINE.copy()
    affine[:3] *= scale
    assert read_grid(path).is_close(Grid(SHAPE, affine), tolerance=1e-4 * scale)


def test_the_grid_is_read_without_the_image(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii")
    path.write_bytes(path.read_bytes()[:400])
    assert read_grid(path).is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)


def test_a_qfac_of_zero_means_one(tmp_path: Path) -> None:
    def change(header: nib.Nifti1Header) -> None:
        header.set_sform(None, 0)
        header.set_qform(AFFINE, 1)
        header["pixdim"][0] = 0

    path = saved(tmp_path / "a.nii", change=change)
    assert read_grid(path).is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)


# Values


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize(
    "dtype",
    [
        "uint8",
        "int8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float32",
        "float64",
    ],
)
def test_every_type_is_read_exactly(tmp_path: Path, dtype: str, name: str) -> None:
    data = np.arange(210).reshape(SHAPE).clip(0, 120).astype(dtype)
    image = read(saved(tmp_path / name, data))
    assert image.stored_dtype == dtype
    assert image.data.dtype == np.float32
    assert image.data.flags.c_contiguous
    np.testing.assert_array_equal(image.data, data)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32"])
def test_slope_and_intercept_are_applied(tmp_path: Path, dtype: str) -> None:
    data = np.arange(210).reshape(SHAPE).astype(dtype)
    path = saved(tmp_path / "a.nii.gz", data, change=lambda h: h.set_slope_inter(0.25, -10))
    np.testing.assert_allclose(read(path).data, data * 0.25 - 10.0)


def test_a_slope_of_zero_means_no_scaling(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h.__setitem__("scl_slope", 0))
    assert read(path).data.max() == 209


def test_other_byte_orders_and_nifti_2_are_read(tmp_path: Path) -> None:
    data = np.arange(210, dtype=">i2").reshape(SHAPE)
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    nib.save(nib.Nifti1Image(data, AFFINE, header), tmp_path / "big.nii")
    nib.save(nib.Nifti2Image(data.astype("<i2"), AFFINE), tmp_path / "two.nii.gz")
    for name in ("big.nii", "two.nii.gz"):
        image = read(tmp_path / name)
        assert image.stored_dtype == "int16"
        assert image.grid.is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)
        np.testing.assert_array_equal(image.data, data)


def test_compression_is_recognised_by_content_not_by_name(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii.gz").rename(tmp_path / "packed.nii")
    assert read(tmp_path / "packed.nii").data.max() == 209


@pytest.mark.parametrize("shape", [(*SHAPE, 1), (*SHAPE, 1, 1)])
def test_trailing_single_axes_are_dropped(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = np.arange(210, dtype=np.float32)
    image = read(saved(tmp_path / "a.nii", data.reshape(shape)))
    np.testing.assert_array_equal(image.data, data.reshape(SHAPE))


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


# Description


def test_a_description_states_what_is_in_the_file(tmp_path: Path) -> None:
    data = np.zeros(SHAPE, dtype=np.uint16)
    data[0] = 400
    facts = describe(saved(tmp_path / "a.nii.gz", data, change=lambda h: h.set_slope_inter(0.5, 0)))
    assert facts["shape"] == SHAPE
    assert facts["spacing_mm"] == pytest.approx((0.9, 1.1, 3.0), rel=1e-5)
    assert facts["fov_mm"] == pytest.approx((6.3, 6.6, 15.0), rel=1e-5)
    assert (facts["axes"], facts["dtype"], facts["space"]) == ("RAS", "uint16", "aligned")
    assert facts["range"] == (0.0, 200.0)
    assert facts["zero_percent"] == pytest.approx(100 * 6 / 7)
    assert (facts["sform_code"], facts["qform_code"]) == (2, 0)
    assert facts["oblique_degrees"] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("degrees", [0, 5, 12, 30])
def test_the_oblique_angle_is_that_of_the_rotation(tmp_path: Path, degrees: float) -> None:
    path = saved(tmp_path / "a.nii", affine=rotated(degrees, 1))
    assert describe(path)["oblique_degrees"] == pytest.approx(degrees, abs=0.05)


# Refusals when reading


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.nii.gz", FileFormatError, "No such file", "check the path")
    refused(tmp_path, FileFormatError, "check the path")


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    refused(saved(tmp_path / "a.nii") / "b.nii", FileFormatError, "check the path")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"not an image " * 100, bytes(348)])
def test_what_is_not_a_nifti_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.nii").write_bytes(content)
    refused(tmp_path / "a.nii", FileFormatError)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(content))
    refused(tmp_path / "b.nii.gz", FileFormatError)


def test_the_header_of_a_pair_is_refused(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Pair(np.ones(SHAPE, np.int16), AFFINE), tmp_path / "a.hdr")
    refused(tmp_path / "a.hdr", FileFormatError, "not a NIfTI")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
def test_a_truncated_file_is_refused_wherever_it_ends(
    tmp_path: Path, name: str, share: float
) -> None:
    content = saved(tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(share * len(content))])
    refused(tmp_path / name, FileFormatError)


def test_a_wrong_check_sum_is_refused(tmp_path: Path) -> None:
    content = bytearray(saved(tmp_path / "a.nii.gz").read_bytes())
    content[-6] ^= 255
    (tmp_path / "a.nii.gz").write_bytes(content)
    refused(tmp_path / "a.nii.gz", FileFormatError, "damaged")


def test_sizes_beyond_any_memory_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h["dim"].__setitem__(slice(1, 4), 32767))
    refused(path, FileFormatError, "truncated")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_are_counted(tmp_path: Path, value: float) -> None:
    data = np.ones(SHAPE, dtype=np.float32)
    data[0, 0, :3] = value
    refused(saved(tmp_path / "a.nii", data), VolumeError, "has 3 NaN or infinite")


def test_numbers_beyond_float32_are_refused(tmp_path: Path) -> None:
    refused(saved(tmp_path / "a.nii", np.full(SHAPE, 1e300)), VolumeError, "210 NaN or infinite")


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_an_empty_image_is_refused(tmp_path: Path, dtype: str) -> None:
    refused(saved(tmp_path / "a.nii", np.zeros(SHAPE, dtype)), VolumeError, "zero everywhere")


@pytest.mark.parametrize("shape", [(9,), (9, 8)])
def test_fewer_than_three_axes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    refused(saved(tmp_path / "a.nii", np.ones(shape, "i2")), VolumeError, f"{len(shape)}-D")


def test_no_axes_at_all_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h["dim"].__setitem__(3, 0))
    refused(path, GridError, "at least 1")


@pytest.mark.parametrize(("shape", "count"), [((*SHAPE, 4), 4), ((*SHAPE, 1, 3), 3)])
def test_series_are_refused_with_their_number(
    tmp_path: Path, shape: tuple[int, ...], count: int
) -> None:
    path = saved(tmp_path / "a.nii.gz", np.ones(shape, "i2"))
    refused(path, VolumeError, f"{count} volumes", "take one out")


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_images_are_refused(tmp_path: Path, dtype: str) -> None:
    refused(saved(tmp_path / "a.nii", np.ones(SHAPE, dtype)), VolumeError, "complex", "magnitude")


@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_colour_images_are_refused(tmp_path: Path, channels: str) -> None:
    colour = np.ones(SHAPE, dtype=[(c, "u1") for c in channels])
    refused(saved(tmp_path / "a.nii", colour), VolumeError, "colour")


def test_unknown_types_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h.__setitem__("datatype", 999))
    refused(path, FileFormatError, "damaged header")


@pytest.mark.parametrize("size", [0, -1.5, np.nan, np.inf])
def test_voxel_sizes_not_above_zero_are_refused(tmp_path: Path, size: float) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h["pixdim"].__setitem__(2, size))
    refused(path, GridError, "voxel sizes")
    with pytest.raises(GridError):
        read_grid(path)


@pytest.mark.parametrize("row", [[0, 0, 0, 0], [0.9, 0, 0, 5], [np.nan, 0, 0, 0]])
def test_a_singular_affine_is_refused(tmp_path: Path, row: list[float]) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h.__setitem__("srow_z", row))
    refused(path, GridError, "affine", "repair")


def test_an_impossible_quaternion_is_refused(tmp_path: Path) -> None:
    def change(header: nib.Nifti1Header) -> None:
        codes(0, 1)(header)
        header["quatern_b"] = header["quatern_c"] = 1

    refused(saved(tmp_path / "a.nii", change=change), GridError, "qform")


def test_an_infinite_intercept_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii", change=lambda h: h.__setitem__("scl_inter", np.inf))
    refused(path, FileFormatError, "scale factor")


# Refusals when writing


@pytest.mark.parametrize("name", ["a.mgz", "a", "a.nii.bz2", "a.img"])
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


# Real scans


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
