"""A picture that fits a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from crossres.report.drawing import PAPER, default_style, png, zoom
from crossres.report.layout import WIDE
from crossres.report.slices import Slice, head_box
from crossres.report.windows import grey_window

_INCHES, _GAP_INCHES, _DPI = 1.3, 0.04, 100
_WIDE_INCHES = 3.2


@default_style()
def thumbnail_picture(panels: Sequence[Slice]) -> bytes:
    """Draw slices of one contrast side by side, each the whole head, in one grey window.

    Args:
        panels: Slices of one field of view, left to right; the finest last.

    Returns:
        A PNG, 130 pixels high. Slices of a thin slab lie below each other, 320 pixels wide.
    """
    from matplotlib.figure import Figure

    view = head_box(panels[-1])
    tall = view.height / view.width
    stacked = tall * WIDE < 1
    width, height = (_WIDE_INCHES, _WIDE_INCHES * tall) if stacked else (_INCHES / tall, _INCHES)
    step = (height if stacked else width) + _GAP_INCHES
    whole = len(panels) * step - _GAP_INCHES
    size = (width, whole) if stacked else (whole, height)
    figure = Figure(figsize=size, dpi=_DPI, facecolor=PAPER)
    low, high = grey_window(panels[-1])
    for number, panel in enumerate(panels):
        start = number * step / whole
        place = (0, 1 - start - height / whole, 1, height / whole)
        axis = figure.add_axes(place if stacked else (start, 0, width / whole, 1))
        axis.set_axis_off()
        extent = (0, panel.width, panel.height, 0)
        axis.imshow(panel.data, extent=extent, aspect="auto", cmap="gray", vmin=low, vmax=high)
        zoom(axis, view)
    return png(figure)
