"""Sizes of voxels as text, and as numbers for people."""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS = 7
"""Significant digits of the float32 of a header, for sizes of 0.01 to 1000 mm."""


def rounded(sizes: Iterable[float]) -> tuple[float, ...]:
    """Return sizes without the digits that a header's float32 or a division adds.

    Args:
        sizes: In mm.

    Returns:
        The sizes, to seven significant digits.

    Example:
        >>> rounded((1.00000001346257, 2.9473684210526314))
        (1.0, 2.947368)
    """
    return tuple(float(f"{size:.{_DIGITS}g}") for size in sizes)


def size_text(sizes: Iterable[float], *, digits: int = 3) -> str:
    """Return sizes along the axes as text.

    Args:
        sizes: In mm.
        digits: Significant digits.

    Returns:
        The sizes and their unit.

    Example:
        >>> size_text((1.0, 1.0, 2.5))
        '1 x 1 x 2.5 mm'
    """
    return f"{' x '.join(f'{size:.{digits}g}' for size in sizes)} mm"
