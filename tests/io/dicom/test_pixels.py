"""Pixels are decoded exactly from any compression; truncated files are refused."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from crossres.io.dicom.pixels import decoded
from crossres.types import FileFormatError
from crossres.volume import Grid
from dicom_files import WORDS, blob, compress, save, write_enhanced, write_files

VOLUME = blob(Grid((40, 33, 3), np.diag([-1.0, -1.0, 3.0, 1.0])))
LOSSLESS = [
    RLELossless, JPEGLSLossless, JPEG2000Lossless, JPEGLossless, JPEGLosslessSV1,
    DeflatedExplicitVRLittleEndian,
]  # fmt: skip
LOSSY = [JPEGBaseline8Bit, JPEG2000, JPEGLSNearLossless]


def short(syntax: UID) -> str:
    return str(syntax.keyword)


def one_file(
    tmp_path: Path, dtype: str = "uint16", low: int = 0
) -> tuple[Path, NDArray[np.generic]]:
    """Write a series, and return one of its files with its picture."""
    top = 1000 if np.iinfo(dtype).max > 1000 else 100
    data = np.rint(VOLUME.data / 1000 * top) + low
    path = write_files(tmp_path, VOLUME.with_data(data), dtype=dtype)[1]
    return path, data[:, :, 1].T.astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
def test_plain_pixels(tmp_path: Path, dtype: str) -> None:
    path, picture = one_file(tmp_path, dtype, -60 if dtype.startswith("i") else 0)
    found = decoded(path, "file 1").values
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [picture])


@pytest.mark.parametrize("syntax", LOSSLESS, ids=short)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_lossless_compression_changes_nothing(tmp_path: Path, syntax: UID, dtype: str) -> None:
    path, picture = one_file(tmp_path, dtype, -400 if dtype == "int16" else 0)
    compress(path, syntax)
    found = decoded(path, "file 1").values
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [picture])


@pytest.mark.parametrize("syntax", LOSSY, ids=short)
def test_lossy_compression_changes_little(tmp_path: Path, syntax: UID) -> None:
    path, picture = one_file(tmp_path, "uint8")
    compress(path, syntax)
    np.testing.assert_allclose(decoded(path, "file 1").values[0], picture.astype(int), atol=6)


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEGLosslessSV1, RLELossless], ids=short)
def test_every_picture_of_a_compressed_enhanced_file(tmp_path: Path, syntax: UID) -> None:
    path = write_enhanced(tmp_path / "e", VOLUME)
    compress(path, syntax)
    np.testing.assert_array_equal(decoded(path, "file 1").values, VOLUME.data.T)


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian], ids=short)
def test_other_byte_orders_and_implicit_types(tmp_path: Path, syntax: UID) -> None:
    path, picture = one_file(tmp_path)
    header = Dataset()
    for element in dcmread(path):
        header.add(element)
    if syntax == ExplicitVRBigEndian:
        header["PixelData"].value = picture.astype(">u2").tobytes()
    save(header, path, header.SOPClassUID, syntax)
    np.testing.assert_array_equal(decoded(path, "file 1").values, [picture])


def of_12_bits(header: Dataset, k: int) -> None:
    """Store 12 of 16 bits, and leave something else in the bits above."""
    header.BitsStored, header.HighBit = 12, 11
    values = np.frombuffer(header.PixelData, "<u2")
    header.PixelData = ((values & 0x0FFF) | 0x5000).astype("<u2").tobytes()


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
@pytest.mark.parametrize("syntax", [None, JPEGLosslessSV1], ids=str)
def test_bits_above_the_stored_ones_do_not_count(
    tmp_path: Path, syntax: UID | None, dtype: str
) -> None:
    data = VOLUME.data - (400 if dtype == "int16" else 0)
    path = write_files(tmp_path, VOLUME.with_data(data), dtype=dtype, change=of_12_bits)[1]
    if syntax is not None:
        compress(path, syntax)
    np.testing.assert_array_equal(decoded(path, "file 1").values, [data[:, :, 1].T])


@pytest.mark.parametrize("syntax", [None, *LOSSLESS, *LOSSY], ids=str)
@pytest.mark.parametrize("lost", [20, 120])
def test_a_truncated_file_is_refused_by_number(
    tmp_path: Path, syntax: UID | None, lost: int
) -> None:
    path, _ = one_file(tmp_path, "uint8" if syntax in LOSSY else "uint16")
    if syntax is not None:
        compress(path, syntax)
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(FileFormatError) as caught:
        decoded(path, "file 1")
    assert "file 1" in str(caught.value)
    assert not any(word in str(caught.value) for word in WORDS)


def test_a_truncated_frame_inside_a_complete_file(tmp_path: Path) -> None:
    path, _ = one_file(tmp_path)
    compress(path, JPEGLosslessSV1)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\xff\xd9", b"\x00\x00"))
    with pytest.raises(FileFormatError, match="truncated"):
        decoded(path, "file 1")


def test_a_compression_without_a_decoder_is_named(tmp_path: Path) -> None:
    path, _ = one_file(tmp_path)
    compress(path, JPEGLSLossless)
    header = dcmread(path)
    header.file_meta.TransferSyntaxUID = MPEG2MPML
    header.save_as(path)
    with pytest.raises(FileFormatError, match="stored as MPEG2"):
        decoded(path, "file 1")


def test_no_pixels_at_all(tmp_path: Path) -> None:
    path = write_files(tmp_path, VOLUME, change=lambda header, k: header.pop("PixelData"))[0]
    with pytest.raises(FileFormatError, match="no pixels in file 1"):
        decoded(path, "file 1")
