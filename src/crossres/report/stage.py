"""Pictures of one size that are shown one over the other: they coincide exactly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crossres.report.drawing import PAPER, default_style, png, scale_length, show, zoom
from crossres.report.layout import WIDE
from crossres.report.slices import Box, Slice, head_box
from crossres.report.windows import Window, finest_of, grey_window, shared_windows
from crossres.types import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INCHES, _MOST_INCHES, _DPI = 4.4, 9.2, 150
_PIXELS_PER_INCH = 127.0
_GUIDE_EDGE = "#ff5a4d"


@dataclass(frozen=True)
class Stage:
    """Pictures that are shown one over the other.

    Args:
        layers: PNG pictures of one size by name; the baseline first, what it is compared with
            second.
        under: A picture of that size below transparent layers, which is always visible.
        edges: The patient's side at the left, right, top and bottom.
        width: Width on a page, pixels; less on a small screen.
        bar: Length of the scale bar, mm, and as a share of the width.
        aspect: Width over height.
    """

    layers: Mapping[str, bytes]
    under: bytes | None = None
    edges: tuple[str, str, str, str] = ("R", "L", "A", "P")
    width: int = 560
    bar: tuple[float, float] | None = None
    aspect: float = 1.0

    @property
    def wide(self) -> bool:
        """Whether there is no room for controls beside the pictures."""
        return self.width > 1.5 * _INCHES * _PIXELS_PER_INCH


@default_style()
def image_stage(
    panels: Mapping[str, Slice], *, other_contrast: Collection[str] = ("guide",)
) -> Stage:
    """Draw slices that coincide exactly.

    Args:
        panels: Slices by name, all of one field of view; the baseline first.
        other_contrast: Names of the panels that are not of the target's contrast.

    Returns:
        A picture per panel, without text.

    Raises:
        SettingsError: No panels of the target's contrast.
    """
    same = {name: picture for name, picture in panels.items() if name not in other_contrast}
    if not same:
        raise SettingsError(f"no panel of the target's contrast among {list(panels)}; add one")
    best = finest_of(same)[-1]
    view, windows = head_box(best), shared_windows(panels, other_contrast)
    drawn = {name: _drawn(picture, view, windows[name]) for name, picture in panels.items()}
    return _stage(drawn, None, best, view)


@default_style()
def overlay_stage(target: Slice, guides: Mapping[str, Slice]) -> Stage:
    """Draw the edges of the guide over the target, in each of its positions.

    The edges are contours at 20 and 50 % of the guide's range: scalp, skull and ventricles.

    Args:
        target: Drawn in grey.
        guides: The guide by caption (``"before registration"``, ``"after registration"``).

    Returns:
        A picture per position.
    """
    view = head_box(target)
    drawn = {name: _edges(guide, view) for name, guide in guides.items()}
    return _stage(drawn, _drawn(target, view, grey_window(target)), target, view)


def _drawn(picture: Slice, view: Box, window: Window) -> bytes:
    figure, axis = _empty(view)
    show(axis, picture, picture.data, "gray", window)
    zoom(axis, view)
    return png(figure)


def _edges(guide: Slice, view: Box) -> bytes:
    """Draw the edges of the guide on a transparent picture."""
    figure, axis = _empty(view, paper="none")
    rows, columns = guide.data.shape
    x = (np.arange(columns) + 0.5) * guide.width / columns
    y = (np.arange(rows) + 0.5) * guide.height / rows
    top = grey_window(guide)[1]
    levels = [0.2 * top, 0.5 * top]
    axis.contour(x, y, guide.data, levels=levels, colors=_GUIDE_EDGE, linewidths=0.7)
    axis.set_aspect("equal")
    zoom(axis, view)
    return png(figure)


def picture_size(view: Box) -> tuple[float, float]:
    """Return the size of a picture in inches: that of a thin slab is longer.

    Args:
        view: What the picture shows.

    Returns:
        Width and height.
    """
    tall = view.height / view.width
    if tall * WIDE < 1:
        return _MOST_INCHES, _MOST_INCHES * tall
    return min(_INCHES, _MOST_INCHES / tall), min(_INCHES * tall, _MOST_INCHES)


def _empty(view: Box, paper: str = PAPER) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=picture_size(view), dpi=_DPI, facecolor=paper)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    return figure, axis


def _stage(drawn: Mapping[str, bytes], under: bytes | None, picture: Slice, view: Box) -> Stage:
    length = scale_length(view)
    width = round(picture_size(view)[0] * _PIXELS_PER_INCH)
    bar, aspect = (length, length / view.width), view.width / view.height
    return Stage(drawn, under, picture.edges, width, bar, aspect)
