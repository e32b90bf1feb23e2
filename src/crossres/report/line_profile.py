"""A line along the enhanced axis: samples of the scan, interpolation and result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crossres.report.drawing import (
    FAINT,
    INK,
    MARK,
    PAPER,
    default_style,
    png,
    show,
    zoom,
)
from crossres.report.planes import Cut
from crossres.report.slices import ACROSS, Array2, Slice, detailed_box, head_box, slice_panel
from crossres.report.windows import finest_of, shared_windows
from crossres.volume import Volume

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SAMPLES = 48
"""Samples of the scan along the line: more cannot be distinguished."""
_COLOURS = ("#e8eaed", "#1f78d1", "#ffd34d")


@dataclass(frozen=True)
class _Line:
    """A line down a picture, or across it.

    Args:
        vertical: Whether it runs from top to bottom.
        across: Its distance from the left, or from the top, mm.
        start: Where it begins, mm from the top or from the left.
        stop: Where it ends.
    """

    vertical: bool
    across: float
    start: float
    stop: float

    def samples(self, picture: Slice) -> tuple[Array2, float, float]:
        """Return the picture with the line along its columns, and its two sizes in mm."""
        if self.vertical:
            return picture.data, picture.height, picture.width
        return picture.data.T, picture.width, picture.height


@default_style()
def profile_picture(volumes: Mapping[str, Volume], cut: Cut, axis: int) -> bytes:
    """Draw a slice with a line along an axis, and the intensities along it.

    Args:
        volumes: By name, of one field of view and contrast: the scan, whose samples are drawn as
            steps with a dot at their centre, and up to two others; the line runs through the detail
            of the last.
        cut: The slice.
        axis: Axis of the patient in the plane of the slice: 0, 1 or 2 for right, front and top.

    Returns:
        A PNG.
    """
    from matplotlib.figure import Figure

    panels = slice_panel(volumes, cut.plane, fraction=cut.fraction)
    best = finest_of(panels)[-1]
    horizontal = min({0, 1, 2} - {ACROSS[cut.plane]})
    line = _line(best, next(iter(panels.values())), vertical=axis != horizontal)
    figure = Figure(figsize=(9.2, 3.6), dpi=150, facecolor=PAPER, layout="constrained")
    grid = figure.add_gridspec(1, 2, width_ratios=(1, 2.6))
    _draw_place(figure.add_subplot(grid[0]), best, line)
    ends = best.edges[2:] if line.vertical else best.edges[:2]
    _draw_curves(figure.add_subplot(grid[1], facecolor=PAPER), panels, line, ends)
    return png(figure)


def _line(best: Slice, scan: Slice, *, vertical: bool) -> _Line:
    """Return a line through the detail, as long as the head or as ``MOST_SAMPLES`` samples."""
    box, head = detailed_box(best), head_box(best)
    x, y = box.left + box.width / 2, box.top + box.height / 2
    start, length = (head.top, head.height) if vertical else (head.left, head.width)
    count = scan.data.shape[0 if vertical else 1]
    longest = MOST_SAMPLES * (scan.height if vertical else scan.width) / count
    if length > longest:
        middle = y if vertical else x
        start = min(max(start, middle - longest / 2), start + length - longest)
        length = longest
    return _Line(vertical, x if vertical else y, start, start + length)


def _draw_place(axis: Axes, picture: Slice, line: _Line) -> None:
    axis.set_axis_off()
    show(axis, picture, picture.data, "gray", shared_windows({"": picture}, ())[""])
    along, across = [line.start, line.stop], [line.across, line.across]
    axis.plot(*((across, along) if line.vertical else (along, across)), color=MARK, lw=1)
    zoom(axis, head_box(picture))


def _draw_curves(
    axis: Axes, panels: Mapping[str, Slice], line: _Line, ends: tuple[str, ...]
) -> None:
    for number, (colour, (name, picture)) in enumerate(zip(_COLOURS, panels.items(), strict=False)):
        data, length, width = line.samples(picture)
        values = data[:, min(int(line.across / width * data.shape[1]), data.shape[1] - 1)]
        edges = np.linspace(0, length, len(values) + 1)
        centres = (edges[:-1] + edges[1:]) / 2
        if number == 0:
            axis.stairs(values, edges, color=colour, lw=0.7, alpha=0.6, baseline=None)
            axis.plot(centres, values, "o", color=colour, ms=3.5, label=name)
        else:
            axis.plot(centres, values, color=colour, lw=1.4, label=name)
    axis.set_xlim(line.start, line.stop)
    axis.set_xlabel(f"mm along the line, from {ends[0]} to {ends[1]}", color=INK)
    axis.set_ylabel("intensity", color=INK)
    axis.tick_params(colors=FAINT)
    axis.legend(labelcolor=INK, facecolor=PAPER, edgecolor=FAINT, fontsize=9)
