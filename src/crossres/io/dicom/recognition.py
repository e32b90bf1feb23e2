"""Recognition of DICOM by the content of a file, packed with gzip or not, without pydicom."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

_MAGIC_AT = 128
_START = 4096
_GZIP, _ZIP, _TAR = b"\x1f\x8b", b"PK\x03\x04", b"ustar"
_TAR_AT = 257
# Value representations whose length takes 4 bytes after 2 reserved ones.
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_SHORT = {
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN",
    b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
}  # fmt: skip
_UNDEFINED = 0xFFFFFFFF
# An image goes on with its patient, acquisition and geometry, in groups below this.
_LAST = (0x0030, 0)


def is_dicom(path: Path) -> bool:
    """Return whether a file is DICOM by its first bytes, with or without preamble.

    Args:
        path: The file; one packed with gzip is judged by its content.

    Returns:
        True for DICOM. False also for pipes and devices, which are not read.

    Raises:
        OSError: The file cannot be read.
    """
    start = _start(path)
    if is_packed(start):
        start = _unpacked(start)
    return start[_MAGIC_AT : _MAGIC_AT + 4] == b"DICM" or _begins_with_elements(start)


def is_packed(start: bytes) -> bool:
    """Return whether the first bytes of a file are those of gzip.

    Args:
        start: The first bytes.

    Returns:
        True for gzip.
    """
    return start.startswith(_GZIP)


def is_archive(path: Path) -> bool:
    """Return whether a file is a zip or tar archive, the latter packed with gzip or not.

    Args:
        path: The file.

    Returns:
        True for an archive. False also for pipes and devices, which are not read.

    Raises:
        OSError: The file cannot be read.
    """
    start = _start(path)
    if is_packed(start):
        start = _unpacked(start)
    return start.startswith(_ZIP) or start[_TAR_AT : _TAR_AT + 5] == _TAR


def _start(path: Path) -> bytes:
    """Return the first bytes of a file; none of a pipe or device."""
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(_START)


def _unpacked(start: bytes) -> bytes:
    """Return the first bytes of the content of a gzip file."""
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(start, _START)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def _begins_with_elements(start: bytes) -> bool:
    """Return whether bytes begin with an element of group 0002 or 0008 and a later one."""
    if len(start) < 8 or start[:2] not in (b"\x02\x00", b"\x08\x00"):
        return False
    first = _tag(start, 0)
    follows = _end_of_element(start, 0)
    if follows is None:
        return False
    # A value longer than what was read leaves no second element to look at.
    return follows + 4 > len(start) or first < _tag(start, follows) < _LAST


def _tag(start: bytes, at: int) -> tuple[int, int]:
    """Return the tag of the element at an offset, little-endian."""
    return int.from_bytes(start[at : at + 2], "little"), int.from_bytes(
        start[at + 2 : at + 4], "little"
    )


def _end_of_element(start: bytes, at: int) -> int | None:
    """Return where the element at an offset ends, explicit or implicit; None if it is neither."""
    kind = start[at + 4 : at + 6]
    if kind in _SHORT:
        return at + 8 + int.from_bytes(start[at + 6 : at + 8], "little")
    if kind in _LONG and start[at + 6 : at + 8] == b"\0\0":
        return at + 12 + int.from_bytes(start[at + 8 : at + 12], "little")
    length = int.from_bytes(start[at + 4 : at + 8], "little")
    # The elements that come first are short texts, or a group length of 4 bytes.
    plausible = length % 2 == 0 and length < _START
    return at + 8 + length if plausible or length == _UNDEFINED else None
