"""Headers that contradict themselves or their file, found before a pixel is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from os import SEEK_END
from typing import Literal

from pydicom import Dataset, FileDataset
from pydicom.uid import UID

from crossres.io.dicom.pixel_format import pixel_format
from crossres.types import FileFormatError

# No MR image has more: four times the largest that scanners reconstruct.
_LONGEST_SIDE = 8192
# An image of zeros shrinks to a few bytes: small files may unpack to this, larger ones in
# proportion. A real image shrinks two- to tenfold.
_SMALLEST_BOUND = 64 << 20
_LARGEST_RATIO = 1000
# Each compressed frame has at least the 8 bytes of its item.
_SMALLEST_FRAME = 8


_STATED = {
    "Pixel Spacing": ("PixelMeasuresSequence", "PixelSpacing"),
    "Image Orientation": ("PlaneOrientationSequence", "ImageOrientationPatient"),
    "Image Position": ("PlanePositionSequence", "ImagePositionPatient"),
    "Rescale Slope": ("PixelValueTransformationSequence", "RescaleSlope"),
    "Rescale Intercept": ("PixelValueTransformationSequence", "RescaleIntercept"),
}
# Some converters add the place and the scale of one frame at the top.
_AT_THE_TOP = ("Pixel Spacing", "Image Orientation")
_PIXELS = (0x0008, 0x0009, 0x0010)
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class Sizes:
    """Bytes of a file.

    Args:
        file: All of it, unpacked.
        pixels: Those of its pixels, if they are not compressed; None without such.
    """

    file: int
    pixels: int | None


def sizes_of(stream: BufferedIOBase, header: FileDataset) -> Sizes:
    """Measure a file whose header was read up to the pixels.

    Args:
        stream: The file, at the element of its pixels or at its end.
        header: The header.

    Returns:
        The sizes.
    """
    implicit, little = header.original_encoding
    order: Literal["little", "big"] = "little" if little else "big"
    start = stream.read(8 if implicit else 12)
    begin = stream.tell()
    file = stream.seek(0, SEEK_END)
    group, element = (int.from_bytes(start[n : n + 2], order) for n in (0, 2))
    length = int.from_bytes(start[-4:], order)
    if group != 0x7FE0 or element not in _PIXELS or length == _UNDEFINED:
        return Sizes(file, None)
    return Sizes(file, min(length, file - begin))


def contradiction(header: Dataset, sizes: Sizes) -> str:
    """Return what is wrong with the sizes and the pixel format that a header states.

    Args:
        header: The header of an image.
        sizes: Bytes of its file.

    Returns:
        The contradiction and its remedy, as the end of a sentence; empty without one.
    """
    try:
        return next(_problems(header, sizes), "")
    except FileFormatError as error:
        return str(error)
    except (TypeError, ValueError, OverflowError):
        return "has sizes that are no single numbers; get a new export of it"


def _problems(header: Dataset, sizes: Sizes) -> Iterator[str]:
    """Yield the contradictions of a header."""
    rows, columns = int(header.Rows), int(header.Columns)
    frames = int(header.get("NumberOfFrames") or 1)
    if not (0 < rows <= _LONGEST_SIDE and 0 < columns <= _LONGEST_SIDE):
        yield f"states {columns} x {rows} pixels, no size of an MR image; get a new export of it"
    yield from _in_frames(header, frames)
    kind = pixel_format(header)
    allocated = int(header.get("BitsAllocated") or 8) if kind is None else kind.allocated
    shape, needed = f"{frames} x {columns} x {rows}", frames * rows * columns * allocated // 8
    if needed > _most(header, sizes.file, frames):
        yield f"states {shape} pixels, more than its file can hold; get a new export of it"
    if sizes.pixels is not None and int(header.get("SamplesPerPixel") or 1) == 1:
        yield from _in_bytes(sizes.pixels, needed, shape, allocated)


def _in_frames(header: Dataset, frames: int) -> Iterator[str]:
    """Yield the contradictions in the number of frames."""
    if frames < 1:
        yield f"states {frames} frames; get a new export of it"
    items = header.get("PerFrameFunctionalGroupsSequence")
    if items is not None and len(items) != frames:
        yield (
            f"states {frames} frames, and describes {len(items)}, fewer or more; get a new "
            "export of it"
        )


def stated_twice(header: Dataset, index: int) -> tuple[str, ...]:
    """Return which attributes of a frame an enhanced file states with different values.

    Args:
        header: Header of the file.
        index: Number of the frame, from 0.

    Returns:
        Their names.
    """
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    if not per_frame and not shared:
        return ()
    holders = [*per_frame[index : index + 1], *shared]
    names = []
    for title, (group, name) in _STATED.items():
        items = [item for holder in holders for item in holder.get(group) or []]
        found = [item.get(name) for item in [*items, *[header] * (title in _AT_THE_TOP)]]
        if len({str(each) for each in found if each not in (None, "")}) > 1:
            names.append(title)
    return tuple(names)


def _in_bytes(found: int, needed: int, shape: str, allocated: int) -> Iterator[str]:
    """Yield a contradiction of a header and the bytes that are there."""
    if not needed <= found <= needed + needed % 2:
        yield (
            f"has {found} bytes of pixels where {shape} pixels of {allocated} bits need {needed}, "
            "fewer or more; get a new export of it"
        )


def _most(header: Dataset, size: int, frames: int) -> int:
    """Return the largest number of bytes to which the pixels of a file may be decoded."""
    syntax = header.file_meta.get("TransferSyntaxUID")
    try:
        encapsulated = syntax is not None and UID(syntax).is_encapsulated
    except ValueError:
        encapsulated = True
    if not encapsulated:
        return size
    return 0 if frames * _SMALLEST_FRAME > size else max(_SMALLEST_BOUND, _LARGEST_RATIO * size)
