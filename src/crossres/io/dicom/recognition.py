"""Recognition of DICOM by the content of a file, packed with gzip or not, without pydicom."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

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
_Order: TypeAlias = Literal["little", "big"]
_FIRST_GROUPS: dict[bytes, _Order] = {
    b"\x02\0": "little", b"\x08\0": "little", b"\0\x08": "big",
}  # fmt: skip
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
    """Return the first bytes of the content of a gzip file, up to the first damage."""
    found = bytearray()
    with suppress(EOFError, gzip.BadGzipFile, zlib.error):
        packed = gzip.GzipFile(fileobj=BytesIO(start))
        while len(found) < _START and (piece := packed.read1(_START)):
            found += piece
    return bytes(found)


def _begins_with_elements(start: bytes) -> bool:
    """Return whether bytes begin with an element of group 0002 or 0008 and a later one."""
    order = _FIRST_GROUPS.get(start[:2])
    if len(start) < 8 or order is None:
        return False
    first = _tag(start, 0, order)
    follows = _end_of_element(start, 0, order)
    if follows is None:
        return False
    # A value longer than what was read leaves no second element to look at.
    return follows + 4 > len(start) or first < _tag(start, follows, order) < _LAST


def _tag(start: bytes, at: int, order: _Order) -> tuple[int, int]:
    """Return the tag of the element at an offset."""
    return _number(start[at : at + 2], order), _number(start[at + 2 : at + 4], order)


def _end_of_element(start: bytes, at: int, order: _Order) -> int | None:
    """Return where the element at an offset ends, explicit or implicit; None if it is neither."""
    kind = start[at + 4 : at + 6]
    if kind in _SHORT:
        return at + 8 + _number(start[at + 6 : at + 8], order)
    if kind in _LONG and start[at + 6 : at + 8] == b"\0\0":
        return at + 12 + _number(start[at + 8 : at + 12], order)
    length = _number(start[at + 4 : at + 8], order)
    # The elements that come first are short texts, or a group length of 4 bytes.
    plausible = length % 2 == 0 and length < _START and order == "little"
    return at + 8 + length if plausible or length == _UNDEFINED else None


def _number(content: bytes, order: _Order) -> int:
    """Return bytes as a number."""
    return int.from_bytes(content, order)
