"""Decoding of the pixels of DICOM files; truncated or damaged data is an error, never an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Num
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from crossres.io.dicom.decoders import Expected, decode
from crossres.io.dicom.frames import dataset, silent
from crossres.io.dicom.pixel_format import PixelFormat, padding, pixel_format
from crossres.types import FileFormatError

_FLOATS = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}
_END_OF_JPEG = b"\xff\xd9"


@dataclass(frozen=True, eq=False)
class Pixels:
    """The decoded frames of a file, without scaling.

    Args:
        values: Numbers of the stored type.
        padded: Which of them are padding, not image.
        beyond: Whether pixels have bits above the stored ones that no overlay explains.
    """

    values: Num[np.ndarray, "frames rows columns"]
    padded: Bool[np.ndarray, "frames rows columns"]
    beyond: bool = False


def decoded(source: Path | bytes, label: str) -> Pixels:
    """Decode all frames of a file, without scaling.

    Args:
        source: The file, or its content.
        label: Its name in errors, because the file name may be that of the patient.

    Returns:
        The frames.

    Raises:
        FileFormatError: No pixels, missing or damaged pixels, or an unknown compression.
    """
    syntax = "?"
    try:
        with silent():
            header = _header(source, label)
            syntax = header.file_meta.TransferSyntaxUID.name
            if "PixelData" in header:
                return _integers(header, label)
            for name, kind in _FLOATS.items():
                if name in header:
                    return _floats(header, name, kind, label)
    except FileFormatError:
        raise
    # A damaged file can raise any error within a decoder, and the message may quote its content.
    except Exception:
        raise FileFormatError(
            f"cannot be decoded: {label}, stored as {syntax}, is truncated, damaged or of an "
            "unknown kind; get a new export of it, uncompressed if need be"
        ) from None
    raise FileFormatError(f"has no pixels in {label}; get a new export of it")


def _header(source: Path | bytes, label: str) -> Dataset:
    """Read a file with its pixels."""
    try:
        return dataset(source, pixels=True)
    except FileFormatError as error:
        raise FileFormatError(f"cannot be read: {label} {error}") from None


def _shape(header: Dataset) -> tuple[int, int, int]:
    """Return the numbers of frames, rows and columns that a header states."""
    return int(header.get("NumberOfFrames") or 1), int(header.Rows), int(header.Columns)


def _integers(header: Dataset, label: str) -> Pixels:
    """Return pixels of integers: only the bits that count, whatever the compression kept."""
    bits = pixel_format(header)
    if bits is None:
        raise ValueError("integers without a format")
    values = np.empty(_shape(header), bits.value_type)
    padded = np.zeros(values.shape, np.bool_)
    beyond, overlays = False, _overlays(header)
    ends = padding(header, bits)
    for n, (pixels, precision) in enumerate(_raw(header, bits, label)):
        _check(pixels, precision, bits, label)
        values[n] = bits.values(pixels, precision)
        if ends is not None:
            padded[n] = _between(bits.in_full(pixels, precision), ends) | _between(values[n], ends)
        own = pixels.astype(bits.unsigned_type) & ~bits.unsigned_type.type(overlays)
        beyond |= bool((bits.is_beyond(own, precision) & ~padded[n]).any())
    return Pixels(values, padded, beyond)


def _check(pixels: NDArray[Any], precision: int, bits: PixelFormat, label: str) -> None:
    """Check that decoded pixels are where, and as, the header states."""
    if bits.is_elsewhere(pixels, precision):
        raise FileFormatError(
            f"has numbers in {label} that do not reach up to bit {bits.high}, the High Bit of "
            "its header; get a new export of it"
        )
    if not bits.signed and pixels.dtype.kind == "i" and int(pixels.min()) < 0:
        raise FileFormatError(
            f"has negative numbers in {label}, but its header states unsigned ones; get a new "
            "export of it"
        )


def _overlays(header: Dataset) -> int:
    """Return the bits of a pixel that hold overlays, as the header states them."""
    groups = range(0x6000, 0x6020, 2)
    places = [header.get((group, 0x0102)) for group in groups]
    bits = [int(place.value or 0) for place in places if place is not None]
    return sum({1 << bit for bit in bits if 0 < bit < 32})


def _between(values: NDArray[Any], ends: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which values lie within a range."""
    return np.asarray((values >= ends[0]) & (values <= ends[1]))


def _floats(header: Dataset, name: str, kind: str, label: str) -> Pixels:
    """Return floating-point pixels, which are never compressed."""
    values = _uncompressed(header[name].value, header, np.dtype(kind), label)
    ends = padding(header, None)
    padded = np.zeros(values.shape, np.bool_) if ends is None else _between(values, ends)
    return Pixels(values, padded)


def _raw(header: Dataset, bits: PixelFormat, label: str) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield the decoded pixels of each frame, and how many bits of them the compression kept."""
    syntax = header.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        content = header.PixelData
        if syntax == ExplicitVRBigEndian and bits.allocated == 8 and header["PixelData"].VR == "OW":
            content = np.frombuffer(content, ">u2").astype("<u2").tobytes()
        for frame in _uncompressed(content, header, bits.unsigned_type, label):
            yield frame, bits.allocated
        return
    _, rows, columns = _shape(header)
    for frame in _compressed(header, label):
        # Some decoders fill the missing part of a truncated frame with arbitrary values.
        if syntax != RLELossless and not frame.rstrip(b"\0\xff").endswith(_END_OF_JPEG):
            raise EOFError("a frame has no end")
        yield decode(syntax, frame, Expected(rows, columns, bits.unsigned_type))


def _compressed(header: Dataset, label: str) -> list[bytes]:
    """Return the compressed frames of a file.

    Raises:
        FileFormatError: Their number is not that of the header.
    """
    count, _, _ = _shape(header)
    found = list(generate_frames(header.PixelData, number_of_frames=count))
    if len(found) != count:
        raise FileFormatError(
            f"has {len(found)} compressed frames in {label} where its header counts {count}; get "
            "a new export of it"
        )
    return found


def _uncompressed(content: bytes, header: Dataset, kind: np.dtype[Any], label: str) -> NDArray[Any]:
    """Return uncompressed pixels, of which there must be as many as the header states.

    Raises:
        FileFormatError: More or fewer bytes, other than one that makes their number even.
    """
    shape = _shape(header)
    needed = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if not needed <= len(content) <= needed + needed % 2:
        frames, rows, columns = shape
        raise FileFormatError(
            f"has {len(content)} bytes of pixels in {label} where {frames} x {columns} x {rows} "
            f"pixels of {8 * kind.itemsize} bits need {needed}, fewer or more; get a new export "
            "of it"
        )
    big = header.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    pixels = np.frombuffer(content, kind.newbyteorder(">" if big else "<"), needed // kind.itemsize)
    return pixels.astype(kind).reshape(shape)
