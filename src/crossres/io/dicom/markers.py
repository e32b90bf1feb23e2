"""Markers of JPEG, JPEG-LS and JPEG 2000: size, precision, and a check to switch on."""

from __future__ import annotations

from collections.abc import Iterator

JPEG2000_START = b"\xff\x4f\xff\x51"
_SIZE, _STYLE, _COMPONENT_STYLE, _TILE = 0x51, 0x52, 0x53, 0x90
_SCAN = 0xDA
_SIZES, _SIZE_OF_LS = range(0xC0, 0xD0), 0xF7
_NOT_SIZES = (0xC4, 0xC8, 0xCC)
_HIGH_THROUGHPUT, _PREDICTABLE_TERMINATION = 0x40, 0x10


def segments(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Go through the marker segments of a header.

    Args:
        stream: A code stream, from its first marker.

    Yields:
        Code of the marker, and where its content begins and ends; up to the first scan or tile.

    Raises:
        ValueError: No marker where one belongs, or no scan or tile at all.
    """
    at = 2
    while at + 4 <= len(stream):
        if stream[at] != 0xFF:
            raise ValueError("no marker")
        code, size = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        if code == 0xFF:
            at += 1
            continue
        yield code, at + 4, at + 2 + size
        if code in (_SCAN, _TILE):
            return
        at += 2 + size
    raise ValueError("no image data")


def frame_header(stream: bytes) -> tuple[int, int, int]:
    """Read the size of a code stream.

    Args:
        stream: The code stream.

    Returns:
        Rows, columns, and bits of a pixel.

    Raises:
        ValueError: It is none, it has no size, or it has more than one channel.
    """
    start = stream.find(JPEG2000_START)
    if start >= 0:
        return _jpeg2000_size(stream[start:])
    for code, begin, end in segments(stream):
        if code == _SIZE_OF_LS or (code in _SIZES and code not in _NOT_SIZES):
            content = stream[begin:end]
            _check_channels(content[5])
            return _number(content[1:3]), _number(content[3:5]), content[0]
    raise ValueError("no size")


def _jpeg2000_size(stream: bytes) -> tuple[int, int, int]:
    """Read the size of a code stream of JPEG 2000."""
    for code, begin, end in segments(stream):
        if code == _SIZE:
            content = stream[begin:end]
            right, bottom, left, top = (_number(content[n : n + 4]) for n in (2, 6, 10, 14))
            _check_channels(_number(content[34:36]))
            return bottom - top, right - left, (content[36] & 0x7F) + 1
    raise ValueError("no size")


def _check_channels(count: int) -> None:
    """Check that a code stream holds grey values."""
    if count != 1:
        raise ValueError(f"{count} channels")


def _number(content: bytes) -> int:
    """Return bytes as a number."""
    return int.from_bytes(content, "big")


def with_termination_check(stream: bytes) -> bytes:
    """Make decoders check where each code block ends, in a code stream of JPEG 2000.

    Damage inside a code block leaves the arithmetic decoder before or behind the end of its data.
    OpenJPEG checks this only for streams marked as having a predictable termination; streams
    without the mark end in the same place to within the two bytes that the check allows.

    Args:
        stream: The code stream.

    Returns:
        The same code stream with the mark; high-throughput streams, coded otherwise, unchanged.
    """
    marked = bytearray(stream)
    for code, begin, _ in segments(stream):
        at = {_STYLE: begin + 8, _COMPONENT_STYLE: begin + 5}.get(code)
        if at is not None and not marked[at] & _HIGH_THROUGHPUT:
            marked[at] |= _PREDICTABLE_TERMINATION
    return bytes(marked)
