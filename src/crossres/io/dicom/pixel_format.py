"""How numbers are stored in pixels: which bits count, and which values are padding."""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from crossres.types import FileFormatError

_ALLOCATED = (8, 16, 32)
PADDING = {
    "PixelPaddingValue": "PixelPaddingRangeLimit",
    "FloatPixelPaddingValue": "FloatPixelPaddingRangeLimit",
    "DoubleFloatPixelPaddingValue": "DoubleFloatPixelPaddingRangeLimit",
}
"""Attributes that state one value of padding, and with another value a range."""


@dataclass(frozen=True)
class PixelFormat:
    """The bits of a pixel that count.

    Args:
        allocated: Bits of a pixel in memory: 8, 16 or 32.
        stored: Bits that count.
        high: The highest of them; ``stored - 1`` unless the numbers are aligned to the left.
        signed: Whether the highest of them is the sign.
    """

    allocated: int
    stored: int
    high: int
    signed: bool

    @property
    def unsigned_type(self) -> np.dtype[Any]:
        """Type of the pixels in memory, without sign."""
        return np.dtype(f"u{self.allocated // 8}")

    @property
    def value_type(self) -> np.dtype[Any]:
        """Type of the numbers."""
        return np.dtype(f"{'i' if self.signed else 'u'}{self.allocated // 8}")

    def values(self, raw: NDArray[Any], precision: int) -> NDArray[Any]:
        """Return the numbers of decoded pixels: only the bits that count, with their sign.

        Args:
            raw: Decoded pixels, of any integer type.
            precision: Bits of a decoded pixel that the compression kept.

        Returns:
            The numbers, of the type that the header states.
        """
        # A compression that kept no bits above the stored ones has moved them to the right.
        shift = self.high + 1 - self.stored if precision > self.high else 0
        return self._extended(raw.astype(self.unsigned_type) >> shift, self.stored)

    def is_elsewhere(self, raw: NDArray[Any], precision: int) -> bool:
        """Return whether numbers lie at the right of pixels that should hold them at the left.

        Args:
            raw: Decoded pixels, of any integer type.
            precision: Bits of a decoded pixel that the compression kept.

        Returns:
            True if the header states left-aligned numbers and no pixel reaches that far.
        """
        shift = self.high + 1 - self.stored if precision > self.high else 0
        pixels = raw.astype(self.unsigned_type)
        below = bool((pixels & ((1 << shift) - 1)).any())
        return below and not (pixels >> self.stored).any()

    def is_beyond(self, raw: NDArray[Any], precision: int) -> NDArray[np.bool_]:
        """Return which pixels have bits set above the highest that counts.

        Args:
            raw: Decoded pixels, of any integer type.
            precision: Bits of a decoded pixel that the compression kept.

        Returns:
            True where such bits are set, other than by the sign of a negative number.
        """
        above = min(precision, self.allocated) - self.high - 1
        if above <= 0:
            return np.zeros(raw.shape, np.bool_)
        pixels = raw.astype(self.unsigned_type)
        beyond = (pixels >> self.high + 1) & ((1 << above) - 1) != 0
        extended = self._extended(pixels, self.high + 1)
        return np.asarray(beyond & (self.in_full(raw, precision) != extended))

    def in_full(self, raw: NDArray[Any], precision: int) -> NDArray[Any]:
        """Return decoded pixels as numbers of all bits that the compression kept.

        Args:
            raw: Decoded pixels, of any integer type.
            precision: Bits of a decoded pixel that the compression kept.

        Returns:
            The numbers, of the type that the header states.
        """
        return self._extended(raw.astype(self.unsigned_type), min(precision, self.allocated))

    def _extended(self, pixels: NDArray[Any], bits: int) -> NDArray[Any]:
        """Return the lowest bits of pixels as numbers."""
        # A shift up and down clears the upper bits, or extends the sign over them.
        lift = self.allocated - bits
        return np.asarray((pixels << lift).view(self.value_type) >> lift)


def pixel_format(header: Dataset) -> PixelFormat | None:
    """Read the format of the pixels of a file.

    Args:
        header: Its header.

    Returns:
        The format, or None for floating-point pixels, which have none.

    Raises:
        FileFormatError: The attributes are absent or contradict each other.
    """
    if "PixelRepresentation" not in header and "BitsStored" not in header:
        return None
    names = ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    try:
        allocated, stored, high, signed = (int(header[name].value) for name in names)
    except (KeyError, TypeError, ValueError):
        raise FileFormatError(f"lacks one of {', '.join(names)}; get a new export of it") from None
    if allocated not in _ALLOCATED or not 1 <= stored <= allocated or signed not in (0, 1):
        raise FileFormatError(
            f"has {stored} of {allocated} bits per pixel; 8, 16 or 32 are read, so get another "
            "export of it"
        )
    if not stored - 1 <= high < allocated:
        raise FileFormatError(
            f"has {stored} bits per pixel of which the highest is bit {high} of {allocated}, which "
            "cannot be; get a new export of it"
        )
    return PixelFormat(allocated, stored, high, bool(signed))


def padding(header: Dataset, kind: PixelFormat | None) -> tuple[float, float] | None:
    """Read the range of the stored numbers that are padding, not image.

    Args:
        header: Header of the file.
        kind: Format of its pixels.

    Returns:
        The lowest and the highest number, or None without padding.
    """
    first = next((name for name in PADDING if name in header), None)
    if first is None or (kind is None) == (first == "PixelPaddingValue"):
        return None
    found = [_number(header.get(name)) for name in (first, PADDING[first])]
    stated = [number for number in found if number is not None]
    if found[0] is None or not np.isfinite(stated).all():
        return None
    ends = stated if kind is None else [_as_pixel(int(number), kind) for number in stated]
    return float(min(ends)), float(max(ends))


def _number(found: object) -> float | None:
    """Return an attribute as a number, the first of several; None if it is none."""
    first = found[0] if isinstance(found, MutableSequence) and found else found
    return first if isinstance(first, int | float) else None


def _as_pixel(number: int, kind: PixelFormat) -> int:
    """Return a number, written as signed or not, as the pixels hold it."""
    number &= (1 << kind.allocated) - 1
    if kind.signed and number >> kind.allocated - 1:
        return number - (1 << kind.allocated)
    if kind.signed and number >> kind.stored - 1 == 1:
        return number - (1 << kind.stored)
    return number
