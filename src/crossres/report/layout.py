"""The places of the panels of a comparison: side by side, or one below the other if wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from crossres.report.slices import Box

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height in inches from the top left corner of the figure."""

PANEL_INCHES, HEAD_INCHES, FOOT_INCHES = 2.3, 0.55, 0.32
WIDE = 2.5
"""Width over height from which slices lie below each other, and height over width that is shown at
most: a slab of a few slices would be a sliver in a column."""
_FEWEST_COLUMNS = 3
_GAP_INCHES, _BAR_INCHES = 0.02, 1.2


@dataclass(frozen=True)
class Layout:
    """The rectangles of a comparison, one for each panel.

    Args:
        size: Width and height of the figure, inches.
        whole: Whole slices.
        detail: Their details.
        difference: Their differences, each below its slice, or of stacked slices one for each
            difference and the last for the colour bar; empty without any.
        stacked: Whether whole slices and differences lie below each other.
    """

    size: tuple[float, float]
    whole: tuple[Rectangle, ...]
    detail: tuple[Rectangle, ...]
    difference: tuple[Rectangle, ...]
    stacked: bool


def layout_of(count: int, view: Box, *, differences: int = 0) -> Layout:
    """Return the layout of a comparison to scale.

    Args:
        count: Number of panels.
        view: The part of the slice that is shown.
        differences: Number of differences to one of the panels.

    Returns:
        The layout.

    Example:
        >>> layout_of(4, Box(0, 0, 240, 32)).stacked
        True
    """
    tall = view.height / view.width
    if view.width > WIDE * view.height:
        return _stacked(count, tall, differences)
    height = PANEL_INCHES * min(tall, WIDE)
    whole = _columns(count, HEAD_INCHES, height)
    detail = _columns(count, HEAD_INCHES + height, PANEL_INCHES)
    end = HEAD_INCHES + height + PANEL_INCHES
    difference = _columns(count, end, height) if differences else ()
    end += height * bool(differences)
    return Layout((count * PANEL_INCHES, end + FOOT_INCHES), whole, detail, difference, False)


def _stacked(count: int, tall: float, differences: int) -> Layout:
    width = max(count, _FEWEST_COLUMNS) * PANEL_INCHES
    whole = _rows(count, 0.0, width, width * tall)
    end = count * (HEAD_INCHES + width * tall) + HEAD_INCHES
    detail = _columns(count, end, PANEL_INCHES)
    end += PANEL_INCHES
    difference = _rows(differences, end, width, width * tall)
    end += differences * (HEAD_INCHES + width * tall)
    if differences:
        difference += ((0.0, end, width, _BAR_INCHES),)
        end += _BAR_INCHES
    return Layout((width, end + FOOT_INCHES), whole, detail, difference, True)


def _columns(count: int, top: float, height: float) -> tuple[Rectangle, ...]:
    return tuple(
        (n * PANEL_INCHES + _GAP_INCHES, top + _GAP_INCHES, PANEL_INCHES - 2 * _GAP_INCHES,
         height - 2 * _GAP_INCHES)
        for n in range(count)
    )  # fmt: skip


def _rows(count: int, top: float, width: float, height: float) -> tuple[Rectangle, ...]:
    return tuple(
        (0.0, top + n * (HEAD_INCHES + height) + HEAD_INCHES, width, height) for n in range(count)
    )
