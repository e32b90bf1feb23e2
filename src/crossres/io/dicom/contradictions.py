"""Headers that contradict themselves or their file, found before a pixel is read."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import Dataset
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


def contradiction(header: Dataset, size: int) -> str:
    """Return what is wrong with the sizes and the pixel format that a header states.

    Args:
        header: The header of an image.
        size: Bytes of its file, unpacked.

    Returns:
        The contradiction and its remedy, as the end of a sentence; empty without one.
    """
    try:
        return next(_problems(header, size), "")
    except FileFormatError as error:
        return str(error)
    except (TypeError, ValueError, OverflowError):
        return "has sizes that are no single numbers; get a new export of it"


def _problems(header: Dataset, size: int) -> Iterator[str]:
    """Yield the contradictions of a header."""
    rows, columns = int(header.Rows), int(header.Columns)
    frames = int(header.get("NumberOfFrames") or 1)
    if not (0 < rows <= _LONGEST_SIDE and 0 < columns <= _LONGEST_SIDE):
        yield f"states {columns} x {rows} pixels, no size of an MR image; get a new export of it"
    if frames < 1:
        yield f"states {frames} frames; get a new export of it"
    items = header.get("PerFrameFunctionalGroupsSequence")
    if items is not None and len(items) != frames:
        yield (
            f"states {frames} frames, and describes {len(items)}, fewer or more; get a new "
            "export of it"
        )
    kind = pixel_format(header)
    allocated = int(header.get("BitsAllocated") or 8) if kind is None else kind.allocated
    if frames * rows * columns * allocated // 8 > _most(header, size, frames):
        yield (
            f"states {frames} x {columns} x {rows} pixels, more than its file can hold; get a new "
            "export of it"
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
