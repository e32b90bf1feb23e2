"""Sizes of voxels as text."""

from __future__ import annotations

from collections.abc import Iterable


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
