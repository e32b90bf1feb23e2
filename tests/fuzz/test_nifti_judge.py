"""The judge of NIfTI files takes valid ones for what they are, and finds contradictions."""

import gzip
import struct
from collections.abc import Callable
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from fuzz.case import Meaning
from fuzz.nifti_judge import judge
from fuzz.scenes import head


def content(
    change: Callable[[Any], object] = lambda _: None, kind: Any = nib.Nifti1Header
) -> bytes:
    """Return a file of the head after a change of its header."""
    truth = head()
    header = kind()
    header.set_data_shape(truth.data.shape)
    header.set_data_dtype("i2")
    header.set_sform(truth.affine, 1)
    header.set_qform(truth.affine, 1)
    header.set_xyzt_units("mm")
    header["vox_offset"], header["magic"] = header.single_vox_offset, header.single_magic
    header["scl_slope"] = 1
    change(header)
    return bytes(header.binaryblock + bytes(4) + truth.data.tobytes(order="F"))


@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_valid_file_is_the_head(kind: Any, pack: Callable[[bytes], bytes]) -> None:
    meaning, truth = judge(pack(content(kind=kind)))
    assert meaning is Meaning.SAME
    assert truth is not None
    np.testing.assert_array_equal(truth.data, head().data)
    np.testing.assert_allclose(truth.affine, head().affine, atol=1e-5)


def test_scale_and_units_are_part_of_the_truth() -> None:
    def change(header: Any) -> None:
        header["scl_slope"], header["scl_inter"] = 2, 5

    _, truth = judge(content(change))
    assert truth is not None
    np.testing.assert_array_equal(truth.data, 2.0 * head().data + 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("vox_offset", 0), ("vox_offset", 368), ("bitpix", 32), ("datatype", 16), ("sform_code", 9),
     ("scl_slope", np.inf), ("quatern_b", 0.3), ("qoffset_x", 50), ("pixdim", 0), ("magic", b"ni1"),
     ("dim", 2), ("srow_x", 1e6), ("xyzt_units", 1), ("xyzt_units", 3)],
)  # fmt: skip
def test_contradictions_are_loud_or_in_doubt(name: str, value: Any) -> None:
    def change(header: Any) -> None:
        header[name] = value

    assert judge(content(change))[0] is (Meaning.EITHER if name == "sform_code" else Meaning.LOUD)


@pytest.mark.parametrize(
    "spoil",
    [lambda file: file[:-1], lambda file: file + b"\0", lambda file: b"", lambda file: file[:300]],
)
def test_bytes_against_sizes_are_loud(spoil: Callable[[bytes], bytes]) -> None:
    assert judge(spoil(content()))[0] is Meaning.LOUD


def test_an_extension_must_end_where_the_voxels_begin() -> None:
    def file(length: int) -> bytes:
        plain = content(lambda header: header.__setitem__("vox_offset", 384))
        extension = struct.pack("<ii", length, 6) + bytes(24)
        return plain[:348] + b"\1\0\0\0" + extension + plain[352:]

    assert judge(file(32))[0] is Meaning.SAME
    assert judge(file(64))[0] is Meaning.LOUD
    assert judge(file(0))[0] is Meaning.LOUD


def test_bytes_after_a_gzip_are_no_part_of_it() -> None:
    assert judge(gzip.compress(content()) + b"other")[0] is Meaning.SAME
    assert judge(gzip.compress(content())[:-9])[0] is Meaning.LOUD
