"""Which bits of a pixel count, and which contradict each other."""

import numpy as np
import pytest
from pydicom import Dataset

from crossres.io.dicom.pixel_format import PixelFormat, padding, pixel_format
from crossres.types import FileFormatError


def header(allocated: int, stored: int, high: int, signed: int) -> Dataset:
    made = Dataset()
    made.BitsAllocated, made.BitsStored, made.HighBit = allocated, stored, high
    made.PixelRepresentation = signed
    return made


@pytest.mark.parametrize(
    ("kind", "raw", "precision", "expected"),
    [
        (PixelFormat(16, 12, 11, False), 0x5FFF, 16, 0xFFF),
        (PixelFormat(16, 12, 11, True), 0x5FFF, 16, -1),
        (PixelFormat(16, 12, 11, True), 0x57FF, 16, 0x7FF),
        (PixelFormat(16, 12, 15, False), 0xABCF, 16, 0xABC),
        (PixelFormat(16, 12, 15, True), 0xFFFF, 16, -1),
        (PixelFormat(16, 12, 15, False), 0xABC, 12, 0xABC),
        (PixelFormat(16, 10, 12, False), 0xFFFF, 16, 0x3FF),
        (PixelFormat(8, 8, 7, True), 0xFF, 8, -1),
        (PixelFormat(32, 32, 31, True), 0xFFFFFFFF, 32, -1),
    ],
)
def test_only_stored_bits_count(kind: PixelFormat, raw: int, precision: int, expected: int) -> None:
    found = kind.values(np.array([raw], kind.unsigned_type), precision)
    assert found.tolist() == [expected]
    assert found.dtype == kind.value_type


@pytest.mark.parametrize(
    ("allocated", "stored", "high", "signed"),
    [(16, 17, 16, 0), (16, 0, 0, 0), (12, 12, 11, 0), (1, 1, 0, 0), (16, 12, 10, 0),
     (16, 12, 16, 0), (16, 12, 11, 2), (64, 64, 63, 0)],
)  # fmt: skip
def test_formats_that_cannot_be_are_refused(
    allocated: int, stored: int, high: int, signed: int
) -> None:
    with pytest.raises(FileFormatError, match="bits per pixel"):
        pixel_format(header(allocated, stored, high, signed))


def test_a_format_with_one_attribute_missing_is_refused() -> None:
    made = header(16, 12, 11, 0)
    del made.HighBit
    with pytest.raises(FileFormatError, match="lacks one of"):
        pixel_format(made)


def test_floating_point_pixels_have_no_format() -> None:
    assert pixel_format(Dataset()) is None
    assert padding(Dataset(), None) is None
