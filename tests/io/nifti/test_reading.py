"""NIfTI files are read: positions, values, data types, and refused files."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crossres.io import (
    describe,
    read,
    read_grid,
)
from crossres.types import (
    CrossresWarning,
    FileFormatError,
    GridError,
    Trust,
    VolumeError,
)
from crossres.volume import Grid
from nifti_files import (
    AFFINE,
    OBLIQUE,
    ORIENTATIONS,
    SHAPE,
    codes,
    refused,
    rotated,
    saved,
    scene,
    stored_as,
)

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


@pytest.mark.parametrize(
    ("sform", "qform", "space"),
    [(2, 0, "aligned"), (0, 1, "scanner"), (0, 4, "mni"), (5, 0, "aligned")],
)
def test_sform_comes_before_qform_before_nothing(
    tmp_path: Path, sform: int, qform: int, space: str
) -> None:
    image = read(saved(tmp_path / "a.nii", change=codes(sform, qform)))
    assert image.space == space
    assert image.grid.is_close(Grid(SHAPE, AFFINE if sform else rotated(10)), tolerance=1e-4)


@pytest.mark.parametrize(("unit", "scale"), [(0, 1), (1, 1e3), (2, 1), (3, 1e-3), (10, 1)])
def test_lengths_become_mm(tmp_path: Path, unit: int, scale: float) -> None:
    path = saved(
        tmp_path / "a.nii",
        affine=np.diag([1 / scale, 1 / scale, 1 / scale, 1]) @ AFFINE,
        change=lambda h: h.__setitem__("xyzt_units", unit),
    )
    assert read_grid(path).is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)


def test_the_grid_of_a_compressed_file_is_read_without_its_image(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=SHAPE))
    path.write_bytes(path.read_bytes()[:600])
    assert read_grid(path).is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)


def test_warnings_name_the_file_and_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Testperson_Quintilia"
    folder.mkdir()
    path = saved(folder / "T2.nii", change=codes(1, 1))
    for function in (read, read_grid, describe):
        with pytest.warns(
            CrossresWarning, match=r"^T2\.nii has an sform .* differ by up to"
        ) as seen:
            function(path)
        assert len(seen) == 1
        assert "Quintilia" not in str(seen[0].message)


@pytest.mark.parametrize("trust", ["sform", "qform"])
def test_the_trusted_form_is_used_without_a_warning(tmp_path: Path, trust: Trust) -> None:
    path = saved(tmp_path / "a.nii", change=codes(4, 1))
    expected = Grid(SHAPE, AFFINE if trust == "sform" else rotated(10))
    image = read(path, trust=trust)
    assert image.grid.is_close(expected, tolerance=1e-4)
    assert image.space == ("mni" if trust == "sform" else "scanner")
    assert read_grid(path, trust=trust).is_close(expected, tolerance=1e-4)
    assert describe(path, trust=trust)["space"] == image.space


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
    refused(tmp_path / "a.hdr", FileFormatError, "header of a pair")


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
