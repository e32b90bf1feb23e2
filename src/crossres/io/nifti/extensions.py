"""The bytes between the header of a NIfTI file and its voxels: a flag, and extensions."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from crossres.types import FileFormatError

_FLAG_BYTES = 4
_LEAST, _STEP = 16, 16
"""Each extension states its own size, a multiple of 16 bytes."""


def check_gap(gap: bytes | bytearray, order: Literal["little", "big"], path: Path) -> list[str]:
    """Check that the extensions end where the voxels begin.

    Args:
        gap: All bytes from the end of the header to the first voxel.
        order: Byte order of the file.
        path: The file, for errors.

    Returns:
        Warnings, one sentence each, which begin with a verb: the subject is the file.

    Raises:
        FileFormatError: Voxels that would begin inside an extension, or an impossible extension.
    """
    flagged, start = any(gap[:1]), _FLAG_BYTES
    if not flagged:
        return _unexplained(gap, start)
    if len(gap) == start:
        return ["states extensions of its header, but there are none before the voxels"]
    while start < len(gap) and (size := int.from_bytes(gap[start : start + 4], order, signed=True)):
        if size < _LEAST or size % _STEP or start + size > len(gap):
            raise FileFormatError(
                f"{path} has a damaged header: an extension of {size} bytes at {len(gap) - start} "
                "bytes before the voxels; convert it anew"
            )
        start += size
    return _unexplained(gap, start)


def _unexplained(gap: bytes | bytearray, start: int) -> list[str]:
    if start == len(gap):
        return []
    return [f"has {len(gap) - start} bytes between header and voxels that nothing explains"]
