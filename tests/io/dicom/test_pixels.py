"""Pixels are decoded exactly from any compression; truncated files are refused."""

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from crossres.io import read
from crossres.io.dicom.pixels import decoded
from crossres.types import CrossresWarning, FileFormatError
from crossres.volume import Grid
from dicom_files import WORDS, blob, compress, save, write_enhanced, write_files

VOLUME = blob(Grid((40, 33, 3), np.diag([-1.0, -1.0, 3.0, 1.0])))
LOSSLESS = [
    RLELossless, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, JPEGLossless, JPEGLosslessSV1,
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


OVERLAY = 0x5


def with_other_bits(values: NDArray[np.generic], aligned: str) -> NDArray[np.uint16]:
    """Return 12-bit numbers in 16 bits, with something else in the other 4."""
    low = values.astype(np.int64) & 0x0FFF
    mixed = low | OVERLAY << 12 if aligned == "right" else low << 4 | OVERLAY
    return mixed.astype(np.uint16)


@pytest.mark.parametrize("aligned", ["right", "left"])
@pytest.mark.parametrize("dtype", ["uint16", "int16"])
@pytest.mark.parametrize(
    "syntax", [None, ExplicitVRBigEndian, ImplicitVRLittleEndian, *LOSSLESS], ids=str
)
def test_bits_above_the_stored_ones_do_not_count(
    tmp_path: Path, syntax: UID | None, dtype: str, aligned: str
) -> None:
    values = VOLUME.data[:, :, 1].T - (400 if dtype == "int16" else 0)
    stored = with_other_bits(values, aligned)
    kind = dtype if syntax != ExplicitVRBigEndian else np.dtype(dtype).newbyteorder(">")

    def change(header: Dataset, k: int) -> None:
        header.PixelData = stored.view(dtype).astype(kind).tobytes()

    path = write_files(tmp_path, VOLUME, dtype=dtype, change=change)[1]
    if syntax in LOSSLESS:
        compress(path, syntax)
    header = dcmread(path)
    header.BitsStored, header.HighBit = 12, 11 if aligned == "right" else 15
    if syntax in LOSSLESS:
        header.save_as(path)
    else:
        save(_plain(header), path, header.SOPClassUID, syntax or ExplicitVRLittleEndian)
    found = decoded(path, "file 1").values
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [values])


@pytest.mark.parametrize(
    ("bit", "overlay", "beyond"),
    [(None, None, False), (12, None, True), (12, 12, False), (13, 12, True), (15, None, True)],
)
@pytest.mark.parametrize("dtype", ["uint16", "int16"])
def test_bits_above_the_stored_ones_are_noticed_unless_an_overlay_explains_them(
    tmp_path: Path, bit: int | None, overlay: int | None, beyond: bool, dtype: str
) -> None:
    def change(header: Dataset, k: int) -> None:
        values = np.frombuffer(header.PixelData, "u2") & 0x0FFF
        header.PixelData = (values | (0 if bit is None else 1 << bit)).astype("u2").tobytes()
        header.BitsStored, header.HighBit = 12, 11
        if overlay is not None:
            header.add_new(0x60000102, "US", overlay)

    values = VOLUME.data - (400 if dtype == "int16" else 0)
    path = write_files(tmp_path, VOLUME.with_data(values), dtype=dtype, change=change)[1]
    found = decoded(path, "file 1")
    np.testing.assert_array_equal(found.values, [values[:, :, 1].T])
    assert found.beyond is beyond


def test_the_sign_of_negative_numbers_is_not_beyond_the_stored_bits(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.BitsStored, header.HighBit = 12, 11

    volume = VOLUME.with_data(VOLUME.data - 400)
    found = decoded(write_files(tmp_path, volume, dtype="int16", change=change)[1], "file 1")
    np.testing.assert_array_equal(found.values, [volume.data[:, :, 1].T])
    assert not found.beyond


def test_numbers_of_more_bits_than_stated_are_warned_of(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.BitsStored, header.HighBit = 8, 7

    write_files(tmp_path, VOLUME, change=change)
    with pytest.warns(CrossresWarning, match=r"bits above its Bits Stored in file \d of 3.*check"):
        read(tmp_path)


def test_negative_numbers_in_a_code_stream_of_unsigned_ones_are_refused(tmp_path: Path) -> None:
    path, _ = one_file(tmp_path, "int16", -400)
    compress(path, JPEG2000Lossless)
    header = dcmread(path)
    header.PixelRepresentation = 0
    header.save_as(path)
    with pytest.raises(FileFormatError, match=r"negative numbers in file 1.*unsigned"):
        decoded(path, "file 1")


def _plain(header: Dataset) -> Dataset:
    """Return a header that can be written in any syntax."""
    copy = Dataset()
    for element in header:
        copy.add(element)
    return copy


def test_numbers_that_are_not_where_the_header_puts_them_are_refused(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.BitsStored, header.HighBit = 12, 15

    path = write_files(tmp_path, VOLUME, change=change)[1]
    with pytest.raises(FileFormatError, match="in file 1 that do not reach up to bit 15"):
        decoded(path, "file 1")


def test_a_compression_that_moved_left_aligned_numbers_is_not_moved_again(tmp_path: Path) -> None:
    path, picture = one_file(tmp_path)
    header = dcmread(path)
    header.BitsStored, header.HighBit = 12, 15
    plain = np.ascontiguousarray(picture)
    coded = imagecodecs.jpeg8_encode(plain, lossless=True, predictor=1, bitspersample=12)
    header.PixelData = encapsulate([coded])
    header["PixelData"].VR, header["PixelData"].is_undefined_length = "OB", True
    header.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    header.save_as(path)
    np.testing.assert_array_equal(decoded(path, "file 1").values, [picture])


@pytest.mark.parametrize(
    ("rows", "columns", "frames"), [(32, 40, 1), (33, 39, 1), (34, 40, 1), (33, 40, 2)]
)
def test_sizes_that_contradict_the_bytes_are_refused(
    tmp_path: Path, rows: int, columns: int, frames: int
) -> None:
    def change(header: Dataset, k: int) -> None:
        header.Rows, header.Columns, header.NumberOfFrames = rows, columns, frames

    path = write_files(tmp_path, VOLUME, change=change)[0]
    with pytest.raises(FileFormatError, match="has 2640 bytes of pixels in file 1") as caught:
        decoded(path, "file 1")
    assert f"need {2 * rows * columns * frames}" in str(caught.value)


def test_one_byte_that_makes_the_length_even_is_no_pixel(tmp_path: Path) -> None:
    odd = blob(Grid((5, 5, 3), VOLUME.grid.affine), top=200)

    def change(header: Dataset, k: int) -> None:
        header.PixelData = header.PixelData + b"\7"

    path = write_files(tmp_path, odd, dtype="uint8", change=change)[1]
    np.testing.assert_array_equal(decoded(path, "file 1").values, [odd.data[:, :, 1].T])


def test_fewer_compressed_frames_than_the_header_counts(tmp_path: Path) -> None:
    path, _ = one_file(tmp_path)
    compress(path, JPEG2000Lossless)
    header = dcmread(path)
    header.NumberOfFrames = 2
    header.save_as(path)
    with pytest.raises(FileFormatError, match="file 1"):
        decoded(path, "file 1")


@pytest.mark.parametrize(
    ("value", "limit", "vr", "low", "high"),
    [
        (-2000, None, "SS", -2000, -2000),
        (63536, None, "US", -2000, -2000),
        (-2000, -1900, "SS", -2000, -1900),
        (-1900, -2000, "SS", -2000, -1900),
        ([-2000, -2000], None, "SS", -2000, -2000),
    ],
)
def test_padding_is_found_as_signed_or_unsigned(
    tmp_path: Path, value: int | list[int], limit: int | None, vr: str, low: int, high: int
) -> None:
    data = VOLUME.data.copy()
    data[:2], data[2] = low, high

    def change(header: Dataset, k: int) -> None:
        header.add_new("PixelPaddingValue", vr, value)
        if limit is not None:
            header.add_new("PixelPaddingRangeLimit", vr, limit)

    path = write_files(tmp_path, VOLUME.with_data(data), dtype="int16", change=change)[1]
    expected = (low <= data[:, :, 1].T) & (high >= data[:, :, 1].T)
    np.testing.assert_array_equal(decoded(path, "file 1").padded, [expected])


@pytest.mark.parametrize("value", [0x800, 0xF800])
def test_padding_in_the_stored_bits_of_a_negative_number(tmp_path: Path, value: int) -> None:
    def change(header: Dataset, k: int) -> None:
        header.BitsStored, header.HighBit = 12, 11
        header.add_new("PixelPaddingValue", "US", value)

    data = VOLUME.data.copy()
    data[:2] = -2048
    path = write_files(tmp_path, VOLUME.with_data(data), dtype="int16", change=change)[1]
    np.testing.assert_array_equal(decoded(path, "file 1").padded, [data[:, :, 1].T == -2048])


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEG2000], ids=short)
def test_damage_inside_a_frame_of_jpeg_2000_is_refused(tmp_path: Path, syntax: UID) -> None:
    path, _ = one_file(tmp_path, "uint8" if syntax == JPEG2000 else "uint16")
    compress(path, syntax)
    content = bytearray(path.read_bytes())
    content[content.index(b"\xff\x93") + 40] ^= 4
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="file 1, stored as JPEG 2000"):
        decoded(path, "file 1")


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
