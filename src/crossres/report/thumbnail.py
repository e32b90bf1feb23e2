"""A picture that fits a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from crossres.report.drawing import PAPER, default_style, png
from crossres.report.slices import Slice, head_box
from crossres.report.windows import grey_window

_INCHES, _GAP_INCHES, _DPI = 1.3, 0.04, 100


@default_style()
def thumbnail_picture(panels: Sequence[Slice]) -> bytes:
    """Draw slices of one contrast side by side, each the whole head, in one grey window.

    Args:
        panels: Slices of one field of view, left to right; the finest last.

    Returns:
        A PNG, 130 pixels high.
    """
    from matplotlib.figure import Figure

    view = head_box(panels[-1])
    width = _INCHES * view.width / view.height
    whole = len(panels) * (width + _GAP_INCHES) - _GAP_INCHES
    figure = Figure(figsize=(whole, _INCHES), dpi=_DPI, facecolor=PAPER)
    low, high = grey_window(panels[-1])
    for number, panel in enumerate(panels):
        left = number * (width + _GAP_INCHES)
        axis = figure.add_axes((left / whole, 0, width / whole, 1))
        axis.set_axis_off()
        extent = (0, panel.width, panel.height, 0)
        axis.imshow(panel.data, extent=extent, aspect="auto", cmap="gray", vmin=low, vmax=high)
        axis.set_xlim(view.left, view.left + view.width)
        axis.set_ylim(view.top + view.height, view.top)
    return png(figure)
