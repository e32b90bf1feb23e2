"""A map in one plane, with its colour bar."""

from __future__ import annotations

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
from crossres.report.slices import head_box, slice_panel
from crossres.report.stage import picture_size
from crossres.volume import Volume

_BAR_INCHES = 0.62


@default_style()
def map_picture(display: Display, volume: Volume, scan: Volume, cut: Cut) -> bytes:
    """Draw a slice of a map.

    Args:
        display: Colour map, range and unit, as the viewer shows them.
        volume: The map, on the grid of the scan or of the result.
        scan: The scan, which shows where the head is.
        cut: The slice.

    Returns:
        A PNG.
    """
    from matplotlib.figure import Figure

    panels = slice_panel({"scan": scan, "map": volume}, cut.plane, fraction=cut.fraction)
    view, picture = head_box(panels["scan"]), panels["map"]
    width, height = picture_size(view)
    whole = height + _BAR_INCHES
    figure = Figure(figsize=(width, whole), dpi=150, facecolor=PAPER)
    axis = figure.add_axes((0, _BAR_INCHES / whole, 1, height / whole))
    axis.set_axis_off()
    diverging = display.colormap == "diverging"
    colours = difference_colours() if diverging else display.colormap
    image = show(axis, picture, picture.data, colours, display.range)
    zoom(axis, view)
    draw_sides(axis, picture)
    draw_scale_bar(axis, view)
    inset = figure.add_axes((0.1, 0.42 / whole, 0.8, 0.12 / whole))
    bar = figure.colorbar(image, cax=inset, orientation="horizontal", extend="both")
    bar.outline.set_visible(False)
    inset.tick_params(colors=FAINT, labelsize=8, length=2)
    figure.text(0.5, 0.05 / whole, display.unit, color=FAINT, fontsize=8, ha="center")
    return png(figure)
