"""A header that contradicts itself or its file is refused or warned of, and never guessed at."""

import functools
import gzip
import math
import os
import struct
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crossres.io import read
from crossres.io.nifti.header import LARGEST_OFFSET, MOST_VOXELS
from crossres.types import CrossresError, CrossresWarning, FileFormatError, GridError, VolumeError
from crossres.volume import Grid
from nifti_files import AFFINE, SHAPE, refused, saved

VALUES = np.random.default_rng(0).integers(100, 900, SHAPE).astype(np.int16)
UNUSED = {
    # Fields that decide neither voxels nor their place.
    "data_type", "db_name", "extents", "session_error", "regular", "dim_info", "intent_p1",
    "intent_p2", "intent_p3", "intent_code", "slice_start", "slice_end", "slice_code", "cal_max",
    "cal_min", "slice_duration", "toffset", "glmax", "glmin", "descrip", "aux_file", "intent_name",
}  # fmt: skip


def scanner(header: nib.Nifti1Header) -> None:
    """State the same place twice, as scanners do."""
    header.set_sform(AFFINE, 1)
    header.set_qform(AFFINE, 1)
    header.set_xyzt_units("mm")


def good(path: Path) -> bytearray:
    """Return a file without any contradiction."""
    return bytearray(_good(path))


@functools.cache
def _good(path: Path) -> bytes:
    return saved(path, VALUES, change=scanner).read_bytes()


def outcome(path: Path, content: bytes) -> str:
    """Return what happens to a file: "refused", "warned of", "true" or "wrong"."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            image = read(path)
        except CrossresError:
            return "refused"
    if seen:
        assert {each.category for each in seen} == {CrossresWarning}
        return "warned of"
    same = image.shape == SHAPE and np.array_equal(image.data, VALUES)
    return "true" if same and image.grid.is_close(Grid(SHAPE, AFFINE), tolerance=0.01) else "wrong"


def field(name: str) -> tuple[int, np.dtype[np.generic]]:
    """Return place and type of a field of NIfTI-1."""
    dtype, offset = nib.nifti1.header_dtype.fields[name][:2]
    return offset, dtype


def patched(content: bytes | bytearray, name: str, *values: float, at: int = 0) -> bytes:
    """Return a file with other values in a field, from one of its elements on."""
    offset, dtype = field(name)
    base = dtype.base.newbyteorder("<")
    new, start = np.array(values).astype(base).tobytes(), offset + at * base.itemsize
    return bytes(content[:start]) + new + bytes(content[start + len(new) :])


def test_a_consistent_file_is_read_without_a_warning(tmp_path: Path) -> None:
    assert outcome(tmp_path / "a.nii", good(tmp_path / "a.nii")) == "true"


# The law


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_number_of_a_header_never_changes_the_image_in_silence(
    tmp_path: Path, data: st.DataObject
) -> None:
    undetectable = {"scl_slope", "scl_inter"}  # any number is a valid scale
    names = sorted(set(nib.nifti1.header_dtype.names) - undetectable)
    name = data.draw(st.sampled_from(names))
    dtype = field(name)[1]
    if dtype.base.kind == "S":
        content = good(tmp_path / "a.nii")
        start, size = field(name)[0], dtype.itemsize
        content[start : start + size] = data.draw(st.binary(min_size=size, max_size=size))
    else:
        at = data.draw(st.integers(0, math.prod(dtype.shape) - 1))
        integers = st.integers(-(2**15), 2**15 - 1) | st.integers(-3, 30)
        floats = st.floats(width=32) | st.floats(-5, 5, width=32)
        number = data.draw(floats if dtype.base.kind == "f" else integers)
        if dtype.base.kind == "u":
            number = number % 256
        content = bytearray(patched(good(tmp_path / "a.nii"), name, number, at=at))
    found = outcome(tmp_path / "a.nii", bytes(content))
    if name in {"sform_code", "qform_code"}:  # another meaning of the same place
        assert found != "wrong"
    elif name in UNUSED:
        assert found in {"true", "refused"}
    elif name == "datatype" and found == "wrong":
        assert struct.unpack("<h", content[70:72])[0] == 512  # uint16, of as many bits
    elif found == "wrong":
        # Changes below the tolerance: a fraction of a voxel, or of the size of a voxel.
        image = read(tmp_path / "a.nii")
        np.testing.assert_array_equal(image.data, VALUES)
        assert image.grid.is_close(Grid(SHAPE, AFFINE), tolerance=0.25 * 0.9)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bit=st.integers(0, 352 * 8 - 1))
def test_one_flipped_bit_of_a_header_is_noticed_or_harmless(tmp_path: Path, bit: int) -> None:
    content = good(tmp_path / "a.nii")
    content[bit // 8] ^= 1 << bit % 8
    found = outcome(tmp_path / "a.nii", bytes(content))
    name = max((n for n in nib.nifti1.header_dtype.names if field(n)[0] <= bit // 8), key=field_at)
    if found == "wrong" and name not in {"scl_slope", "scl_inter", "datatype"}:
        image = read(tmp_path / "a.nii")
        np.testing.assert_array_equal(image.data, VALUES)
        assert image.grid.is_close(Grid(SHAPE, AFFINE), tolerance=0.25 * 0.9)


def field_at(name: str) -> int:
    return field(name)[0]


def test_whatever_nibabel_would_repair_is_refused_or_warned_of(tmp_path: Path) -> None:
    changes = {
        "sizeof_hdr": 350, "datatype": 999, "bitpix": 8, "magic": b"n+3", "vox_offset": 360,
        "qform_code": 9, "sform_code": -1,
    }  # fmt: skip
    for name, value in changes.items():
        path = saved(
            tmp_path / "a.nii", VALUES,
            change=lambda h, n=name, v=value: (scanner(h), h.__setitem__(n, v)),
        )  # fmt: skip
        assert outcome(path, path.read_bytes()) == "refused", name
    for at, value in ((0, 0), (0, 7), (1, 0), (2, -1.1)):
        content = patched(good(tmp_path / "a.nii"), "pixdim", value, at=at)
        assert outcome(tmp_path / "a.nii", content) in {"refused", "warned of"}, (at, value)


# Offset and extensions


def with_extensions(content: bytes | bytearray, *sizes: int, code: int = 6) -> bytes:
    """Return a file with extensions of these sizes, and the offset behind them."""
    extensions = b"".join(struct.pack("<ii", n, code) + b"x" * (n - 8) for n in sizes)
    moved = patched(content, "vox_offset", 352 + len(extensions))
    return moved[:348] + b"\1\0\0\0" + extensions + bytes(content[352:])


@pytest.mark.parametrize("offset", [0, -16, 100, 348, 351.5, 353, 360, math.nan, math.inf, 1e30])
def test_an_offset_that_cannot_be_is_refused(tmp_path: Path, offset: float) -> None:
    path = tmp_path / "a.nii"
    # As many bytes more as the offset is larger: sizes alone do not reveal it.
    path.write_bytes(patched(good(path), "vox_offset", offset) + b"\0" * int(offset == 353))
    refused(path, FileFormatError, "voxels begin at byte", "352")


def test_an_offset_beyond_any_extension_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(patched(good(tmp_path / "b.nii"), "vox_offset", 2.0**30)))
    refused(path, FileFormatError, str(LARGEST_OFFSET))


@pytest.mark.parametrize("sizes", [(16,), (32, 64), (16, 16, 4096)])
def test_extensions_are_passed_over(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    path = tmp_path / "a.nii"
    assert outcome(path, with_extensions(good(path), *sizes)) == "true"


def test_voxels_that_begin_inside_an_extension_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    whole = with_extensions(good(path), 32, 64)
    for offset in (352, 368, 384, 400):
        path.write_bytes(patched(whole, "vox_offset", offset))
        refused(path, FileFormatError)
    for offset in (352, 368, 400):  # and the file ends where the wrong offset makes it end
        path.write_bytes(patched(whole, "vox_offset", offset)[: offset - 448])
        assert outcome(path, path.read_bytes()) in {"refused", "warned of"}


def test_nifti_2_begins_at_byte_544(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    nib.save(nib.Nifti2Image(VALUES, AFFINE), path)
    content = bytearray(path.read_bytes())
    assert outcome(path, bytes(content)) == "true"
    for offset in (0, 352, 540):
        content[168:176] = struct.pack("<q", offset)
        path.write_bytes(content)
        refused(path, FileFormatError, "544")
    content[168:176] = struct.pack("<q", 544)
    content[4:12] = b"n+2\0\n\x1a\n\0"
    assert outcome(path, bytes(content)) == "refused"
    content[4:12] = b"n+2\0" + bytes(4)
    assert outcome(path, bytes(content)) == "warned of"


# Sizes and types


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("empty", [False, True])
def test_sizes_that_leave_bytes_over_are_refused(
    tmp_path: Path, axis: int, packed: bool, empty: bool
) -> None:
    path = tmp_path / ("a.nii.gz" if packed else "a.nii")
    content = good(tmp_path / "a.nii")
    if empty:  # the head ends before the field of view: the rest is zeros
        content[-SHAPE[0] * SHAPE[1] * 4 :] = bytes(SHAPE[0] * SHAPE[1] * 4)
    wrong = patched(content, "dim", SHAPE[axis] - 1, at=axis + 1)
    path.write_bytes(gzip.compress(wrong) if packed else wrong)
    refused(path, FileFormatError, "goes on after")


@pytest.mark.parametrize("rest", [b"\0", b"\0" * 160, b"x" * 512])
@pytest.mark.parametrize("packed", [False, True])
def test_bytes_after_the_voxels_are_refused(tmp_path: Path, rest: bytes, packed: bool) -> None:
    path = tmp_path / "a.nii"
    content = bytes(good(path)) + rest
    path.write_bytes(gzip.compress(content) if packed else content)
    refused(path, FileFormatError, "goes on after")


@pytest.mark.parametrize(
    ("datatype", "bitpix"), [(2, 16), (256, 16), (4, 8), (16, 16), (512, 0), (64, 32)]
)
def test_a_type_of_other_bits_than_stated_is_refused(
    tmp_path: Path, datatype: int, bitpix: int
) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(patched(patched(good(path), "datatype", datatype), "bitpix", bitpix))
    refused(path, FileFormatError, f"{bitpix} bits per voxel")


@pytest.mark.parametrize("datatype", [1, 1536, 1280, 3])
def test_types_without_one_meaning_are_refused(tmp_path: Path, datatype: int) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(patched(good(path), "datatype", datatype))
    refused(path, FileFormatError)


@pytest.mark.parametrize("axes", [0, -1, 8, 768])
def test_a_number_of_axes_that_cannot_be_is_refused(tmp_path: Path, axes: int) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(patched(good(path), "dim", axes))
    refused(path, FileFormatError, "axes")


def test_the_byte_order_is_that_of_the_length_not_of_the_sizes(tmp_path: Path) -> None:
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    nib.save(nib.Nifti1Image(VALUES.astype(">i2"), AFFINE, header), tmp_path / "a.nii")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    assert outcome(tmp_path / "a.nii", bytes(content)) == "true"
    content[40:42] = content[41:39:-1]
    assert outcome(tmp_path / "a.nii", bytes(content)) == "refused"


def test_analyze_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    content = good(path)
    content[344:348] = bytes(4)
    path.write_bytes(content)
    refused(path, FileFormatError, "ANALYZE")


# Memory


@pytest.mark.parametrize("packed", [False, True])
def test_memory_is_taken_for_what_is_there_not_for_what_is_stated(
    tmp_path: Path, packed: bool
) -> None:
    path = tmp_path / "a.nii"
    content = patched(good(path), "dim", 800, 800, 800, at=1)
    path.write_bytes(gzip.compress(content) if packed else content)
    assert path.stat().st_size < 1500
    refused_in_little_memory(path, "truncated")


def test_a_small_file_that_unpacks_to_more_than_it_states_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    path.write_bytes(gzip.compress(bytes(good(path)) + bytes(60_000_000), 1))
    refused_in_little_memory(path, "goes on after")


def refused_in_little_memory(path: Path, words: str) -> None:
    """Check that a file is refused, and that no more than 20 MB were taken for it."""
    tracemalloc.start()
    refused(path, FileFormatError, words)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_more_voxels_than_any_scan_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    content = patched(good(path), "dim", 1024, 1024, 1024, at=1)
    path.write_bytes(content)
    os.truncate(path, 352 + 2 * 1024**3)  # a sparse file, of a few kilobytes on disk
    refused(path, VolumeError, str(MOST_VOXELS))


# Scale


@pytest.mark.parametrize(
    ("slope", "inter", "expected"),
    [
        (0, 0, "true"), (0, math.nan, "true"), (1, 0, "true"), (math.nan, 0, "warned of"),
        (math.nan, math.nan, "warned of"), (0, 5, "warned of"), (math.inf, 0, "refused"),
        (-math.inf, 0, "refused"), (1, math.nan, "refused"), (2, -math.inf, "refused"),
    ],
)  # fmt: skip
def test_a_scale_that_is_no_number_is_noticed(
    tmp_path: Path, slope: float, inter: float, expected: str
) -> None:
    path = tmp_path / "a.nii"
    content = patched(patched(good(path), "scl_slope", slope), "scl_inter", inter)
    assert outcome(path, content) == expected
    if expected == "warned of":
        with pytest.warns(CrossresWarning, match="not scaled"):
            np.testing.assert_array_equal(read(path).data, VALUES)


# Places


Change = Callable[[nib.Nifti1Header], object]


def placed(*changes: Change) -> Change:
    def change(header: nib.Nifti1Header) -> None:
        scanner(header)
        for each in changes:
            each(header)

    return change


def affine(**entries: float) -> NDArray[np.float64]:
    """Return the affine with other entries: ``x0`` is the first of the row of x."""
    changed = AFFINE.copy()
    for name, value in entries.items():
        changed["xyz".index(name[0]), int(name[1])] = value
    return changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h.set_sform(affine(x3=-10), 1), "differ by up to 10 mm"),
        (lambda h: h.set_sform(affine(x0=1, y1=1, z2=1), 1), r"voxels of 1 x 1 x 1 mm.*0.9 x 1.1"),
        (lambda h: h.set_sform(affine(x0=1e6), 1), "unusable sform .voxels of 1e.06"),
        (lambda h: h.set_sform(affine(x3=1e30), 1), "unusable sform .voxels 1e.27 m"),
        (lambda h: h.__setitem__("srow_x", 0), "unusable sform .*singular"),
        (lambda h: h.__setitem__("srow_y", math.nan), "unusable sform .*finite"),
        (lambda h: h.__setitem__("quatern_b", 1.5), "unusable qform"),
        (lambda h: h.__setitem__("quatern_c", 0.2), "differ by up to"),
        (lambda h: h.__setitem__("qoffset_x", math.inf), "unusable qform"),
        (lambda h: h["pixdim"].__setitem__(2, 2.2), "differ by up to"),
        (lambda h: h["pixdim"].__setitem__(0, -1), "differ by up to"),
        (lambda h: h["pixdim"].__setitem__(0, 0), "qfac"),
        (lambda h: h.__setitem__("xyzt_units", 7), "states unit 7"),
    ],
)
def test_a_contradiction_of_the_place_is_named_with_the_form_that_is_used(
    tmp_path: Path, change: Change, words: str
) -> None:
    path = saved(tmp_path / "a.nii", VALUES, change=placed(change))
    with pytest.warns(CrossresWarning, match=words) as seen:
        image = read(path)
    assert len(seen) == 1
    np.testing.assert_array_equal(image.data, VALUES)
    text = str(seen[0].message)
    if "form" in text:
        unusable_sform = "unusable sform" in text
        assert f"the {'qform' if unusable_sform else 'sform'} is used".replace("the ", "") in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: (h.set_sform(affine(x0=1e6), 1), h.set_qform(None, 0)), "1e+06 x"),
        (lambda h: (h.set_sform(affine(x3=-2e4), 1), h.set_qform(None, 0)), "20 m from the origin"),
        (lambda h: (h.set_sform(None, 0), h["pixdim"].__setitem__(1, 1e-5)), "1e-05 x"),
        (lambda h: h["pixdim"].__setitem__(0, 5), "qfac of 5"),
        (lambda h: h["pixdim"].__setitem__(0, math.nan), "qfac of nan"),
        (lambda h: h.__setitem__("sform_code", 6), "sform_code is 6"),
        (lambda h: h.__setitem__("qform_code", -1), "qform_code is -1"),
        (lambda h: (h.set_sform(None, 0), h.set_qform(None, 0), h["pixdim"].__setitem__(1, 500)),
         "500 x"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused(tmp_path: Path, change: Change, words: str) -> None:
    path = saved(tmp_path / "a.nii", VALUES, change=placed(change))
    refused(path, GridError, words)


def test_a_qfac_without_a_qform_is_passed_over(tmp_path: Path) -> None:
    change = placed(
        lambda h: h.__setitem__("qform_code", 0), lambda h: h["pixdim"].__setitem__(0, 0)
    )
    path = saved(tmp_path / "a.nii", VALUES, change=change)
    assert outcome(path, path.read_bytes()) == "true"


def test_a_qfac_of_zero_means_one(tmp_path: Path) -> None:
    change = placed(
        lambda h: h.__setitem__("sform_code", 0), lambda h: h["pixdim"].__setitem__(0, 0)
    )
    path = saved(tmp_path / "a.nii", VALUES, change=change)
    with pytest.warns(CrossresWarning, match="qfac"):
        assert read(path).grid.is_close(Grid(SHAPE, AFFINE), tolerance=1e-4)
