"""A map in one plane, with its colour bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from crossres.report.drawing import (
    FAINT,
    PAPER,
    default_style,
    difference_colours,
    draw_scale_bar,
    draw_sides,
    png,
    show,
    zoom,
)
from crossres.report.maps import Display
from crossres.report.planes import Cut
from crossres.report.slices import Slice, head_box, slice_panel
from crossres.report.stage import picture_size
from crossres.volume import Volume, slice_mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR_INCHES = 1.0
_OUTLINE = "#6b727b"


@default_style()
def map_picture(
    display: Display, volume: Volume, interpolated: Volume, cut: Cut, *, white: float
) -> bytes:
    """Draw a slice of a map, with the outline of the head.

    The colour bar has two scales: the intensity, and its share of the intensity shown as white.

    Args:
        display: Colour map, range and unit, as the viewer shows them.
        volume: The map, on the grid of the scan or of the result.
        interpolated: The scan on the fine grid, which shows where the head is.
        cut: The slice.
        white: The intensity shown as white in pictures of the scan, above 0.

    Returns:
        A PNG.
    """
    from matplotlib.figure import Figure

    both = {"head": interpolated, "map": volume}
    panels = slice_panel(both, cut.plane, fraction=cut.fraction)
    view, picture = head_box(panels["head"]), panels["map"]
    width, height = picture_size(view)
    whole = height + _BAR_INCHES
    figure = Figure(figsize=(width, whole), dpi=150, facecolor=PAPER)
    axis = figure.add_axes((0, _BAR_INCHES / whole, 1, height / whole))
    axis.set_axis_off()
    diverging = display.colormap == "diverging"
    colours = difference_colours() if diverging else display.colormap
    image = show(axis, picture, picture.data, colours, display.range)
    _draw_outline(axis, panels["head"])
    zoom(axis, view)
    draw_sides(axis, picture)
    draw_scale_bar(axis, view)
    inset = figure.add_axes((0.1, 0.46 / whole, 0.8, 0.12 / whole))
    extend = "both" if diverging else "max"
    bar = figure.colorbar(image, cax=inset, orientation="horizontal", extend=extend)
    bar.outline.set_visible(False)
    _add_shares(inset, white)
    inset.tick_params(colors=FAINT, labelsize=8, length=2)
    for y, text in ((0.83, "% of the intensity shown as white"), (0.06, display.unit)):
        figure.text(0.5, y / whole, text, color=FAINT, fontsize=8, ha="center")
    return png(figure)


def _draw_outline(axis: Axes, head: Slice) -> None:
    """Draw the contour of the head, without which a map of nothing is a black rectangle."""
    inside = slice_mask(head.data)
    if inside.all() or not inside.any():
        return
    rows, columns = inside.shape
    x = (np.arange(columns) + 0.5) * head.width / columns
    y = (np.arange(rows) + 0.5) * head.height / rows
    axis.contour(x, y, inside, levels=[0.5], colors=_OUTLINE, linewidths=0.8)


def _add_shares(bar: Axes, white: float) -> None:
    """Add a scale in percent of the intensity shown as white."""
    there, back = partial(np.multiply, 100 / white), partial(np.multiply, white / 100)
    shares = bar.secondary_xaxis("top", functions=(there, back))
    shares.xaxis.set_major_formatter("{x:g} %")
    shares.spines["top"].set_visible(False)
    shares.tick_params(colors=FAINT, labelsize=8, length=2)
