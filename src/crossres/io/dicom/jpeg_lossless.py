"""The length that a frame of JPEG lossless must have, by which damage is noticed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.markers import segments

_SIZE, _TABLES, _RESTARTS, _SCAN = 0xC3, 0xC4, 0xDD, 0xDA
_END = b"\xff\xd9"
_LARGEST_CATEGORY = 16


@dataclass
class _Coding:
    """How differences of pixels are coded.

    Args:
        precision: Bits of a pixel.
        lengths: Bits of the code of each category, by table; 0 for categories without a code.
        table: Number of the table in use.
        predictor: Number of the predictor, 1 to 7.
        shift: Bits by which pixels were shifted before.
        restarts: Whether prediction starts anew within the frame.
        begin: Where the coded pixels begin.
    """

    precision: int = 0
    lengths: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    table: int = 0
    predictor: int = 0
    shift: int = 0
    restarts: bool = False
    begin: int = 0


def check_length(stream: bytes, found: NDArray[np.integer]) -> None:
    """Check that decoded pixels account for all the bits of their frame, and for no more.

    A decoder that lost its way in a damaged frame ends before or behind the end of it. Frames with
    restarts, which are rare, are not checked.

    Args:
        stream: The frame.
        found: Its decoded pixels, (rows, columns).

    Raises:
        ValueError: More or fewer bits than the pixels need.
    """
    coding = _coding(stream)
    if coding.restarts or coding.shift:
        return
    end = stream.rindex(_END)
    coded = stream[coding.begin : end].rstrip(b"\xff").replace(b"\xff\x00", b"\xff")
    left = 8 * len(coded) - _needed(found.astype(np.int32), coding)
    if not 0 <= left < 8:
        raise ValueError(f"{left} bits left")


def _coding(stream: bytes) -> _Coding:
    """Read how a frame is coded."""
    coding = _Coding()
    for code, begin, end in segments(stream):
        content = stream[begin:end]
        if code == _SIZE:
            coding.precision = content[0]
        elif code == _TABLES:
            coding.lengths.update(_code_lengths(content))
        elif code == _RESTARTS:
            coding.restarts = any(content)
        elif code == _SCAN:
            coding.table, coding.predictor, coding.shift = content[2] >> 4, content[3], content[5]
            coding.begin = end
    return coding


def _code_lengths(content: bytes) -> dict[int, NDArray[np.int64]]:
    """Return the bits of the code of each category, by table."""
    found: dict[int, NDArray[np.int64]] = {}
    while content:
        table, counts = content[0] & 0x0F, content[1:17]
        symbols = content[17 : 17 + sum(counts)]
        lengths = np.zeros(256, dtype=np.int64)
        lengths[list(symbols)] = np.repeat(np.arange(1, 17), list(counts))
        found[table] = lengths
        content = content[17 + sum(counts) :]
    return found


def _needed(pixels: NDArray[np.int32], coding: _Coding) -> int:
    """Return the number of bits that code the differences of pixels from their prediction."""
    differences = (pixels - _predicted(pixels, coding)).astype(np.int16).astype(np.int64)
    categories = np.ceil(np.log2(np.abs(differences) + 1)).astype(np.int64)
    counts = np.bincount(categories.ravel(), minlength=_LARGEST_CATEGORY + 1)
    lengths = coding.lengths[coding.table][: len(counts)]
    if (counts[lengths == 0] > 0).any():
        raise ValueError("a difference without a code")
    # The largest category has one member, which needs no further bits.
    further = np.arange(len(counts)) * (np.arange(len(counts)) < _LARGEST_CATEGORY)
    return int((counts * (lengths + further)).sum())


def _predicted(pixels: NDArray[np.int32], coding: _Coding) -> NDArray[np.int32]:
    """Return the prediction of each pixel from those before it."""
    predicted = np.empty_like(pixels)
    left, above, across = pixels[1:, :-1], pixels[:-1, 1:], pixels[:-1, :-1]
    predicted[1:, 1:] = [
        left,
        above,
        across,
        left + above - across,
        left + ((above - across) >> 1),
        above + ((left - across) >> 1),
        (left + above) >> 1,
    ][coding.predictor - 1]
    predicted[0, 1:], predicted[1:, 0] = pixels[0, :-1], pixels[:-1, 0]
    predicted[0, 0] = 1 << (coding.precision - 1)
    return predicted
