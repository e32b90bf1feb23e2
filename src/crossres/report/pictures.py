"""PNG pictures of slices with one grey window, one scale of differences and the patient's sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from crossres.report.drawing import (
    FAINT,
    INK,
    PAPER,
    default_style,
    difference_colours,
    draw_frame,
    draw_scale_bar,
    draw_sides,
    png,
    show,
    zoom,
)
from crossres.report.layout import Layout, Rectangle, layout_of
from crossres.report.slices import Array2, Box, Slice, detailed_box, head_box
from crossres.report.windows import (
    Window,
    finest_of,
    picture_difference_limit,
    shared_windows,
)
from crossres.types import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_DPI = 150


@default_style()
def comparison(
    panels: Mapping[str, Slice],
    *,
    difference_to: str | None,
    other_contrast: Collection[str] = ("guide",),
    captions: Mapping[str, str] | None = None,
    box: Box | None = None,
    windows: Mapping[str, Window] | None = None,
) -> bytes:
    """Draw whole slices, a detail of each below, and their differences below that.

    Slices lie side by side; those of a thin slab lie below each other, so that each is as wide as
    the picture. All panels of the target's contrast share one grey window; each panel of another
    contrast has its own. The differences share one symmetric colour scale.

    Args:
        panels: Slices by name, left to right, all of one field of view; the best one last, since
            the detail is chosen in the last one on the finest grid.
        difference_to: Name of the panel that is subtracted from the others: the reference, or the
            interpolated one where there is no reference. None leaves the row out.
        other_contrast: Names of the panels that are not of the target's contrast.
        captions: A second line under a name (``"34.2 dB"``).
        box: The detail to enlarge; None for the square with the most fine detail.
        windows: Intensities shown as black and as white, by panel, in place of those computed.

    Returns:
        A PNG.

    Raises:
        SettingsError: No panels, or ``difference_to`` is not among them.
    """
    same = {name: picture for name, picture in panels.items() if name not in other_contrast}
    if not same or (difference_to is not None and difference_to not in same):
        raise SettingsError(
            f"no panel {difference_to!r} of the target's contrast among {list(panels)}; name "
            "another"
        )
    best = finest_of(same)[-1]
    view, box = head_box(best), box or detailed_box(best)
    found = {} if difference_to is None else _differences(same, difference_to)
    layout = layout_of(len(panels), view, differences=len(found))
    shown = shared_windows(panels, other_contrast) | dict(windows or {})
    figure = _empty_figure(layout, best.convention)
    for number, (name, picture) in enumerate(panels.items()):
        whole, detail = (_axes(figure, r[number]) for r in (layout.whole, layout.detail))
        for axis, part in ((whole, view), (detail, box)):
            show(axis, picture, picture.data, "gray", shown[name])
            zoom(axis, part)
        _describe(whole, name, (captions or {}).get(name, ""))
        draw_sides(whole, picture)
        draw_frame(whole, box)
    for axis, part in zip(figure.axes[:2], (view, box), strict=True):
        draw_scale_bar(axis, part)
    if difference_to is not None and found:
        names = [*found, difference_to] if layout.stacked else panels
        places = dict(zip(names, layout.difference, strict=True))
        axes = {name: _axes(figure, places[name]) for name in (*found, difference_to)}
        _draw_differences(axes, found, panels, difference_to, view, shown[difference_to][1])
        for name in found if layout.stacked else ():
            _describe(axes[name], f"{name} − {difference_to}", "")
    return png(figure)


def _empty_figure(layout: Layout, convention: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=layout.size, dpi=_DPI, facecolor=PAPER)
    figure.text(0.5, 0.09 / layout.size[1], convention, color=FAINT, fontsize=9, ha="center")
    return figure


def _axes(figure: Figure, place: Rectangle) -> Axes:
    """Return bare axes at a place."""
    width, height = figure.get_size_inches()
    left, top, wide, high = place
    axis = figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))
    axis.set_axis_off()
    return axis


def _describe(axis: Axes, name: str, caption: str) -> None:
    """Write name and caption above the panel."""
    axis.set_title(caption or " ", color=FAINT, fontsize=9.5, pad=4)
    axis.annotate(
        name,
        (0.5, 1),
        xytext=(0, 19),
        xycoords="axes fraction",
        textcoords="offset points",
        color=INK,
        fontsize=11,
        fontweight="bold",
        ha="center",
    )


def _draw_differences(
    axes: Mapping[str, Axes],
    differences: Mapping[str, Array2],
    panels: Mapping[str, Slice],
    difference_to: str,
    view: Box,
    white: float,
) -> None:
    """Draw all differences on one scale; its bar is in the place of the panel subtracted."""
    limit = picture_difference_limit(differences.values())
    for name, difference in differences.items():
        image = show(axes[name], panels[name], difference, difference_colours(), (-limit, limit))
        zoom(axes[name], view)
    _colour_bar(axes[difference_to], image, difference_to, limit / white)


def _differences(same: Mapping[str, Slice], difference_to: str) -> dict[str, Array2]:
    """Return the difference of each panel on the grid of the one that is subtracted."""
    base = same[difference_to].data
    return {
        name: picture.data - base
        for name, picture in same.items()
        if name != difference_to and picture.data.shape == base.shape
    }


def _colour_bar(axis: Axes, image: AxesImage, difference_to: str, share: float) -> None:
    """Draw the scale; it ends at this share of the intensity shown as white."""
    inset = axis.inset_axes((0.14, 0.62, 0.72, 0.05))
    bar = axis.figure.colorbar(image, cax=inset, orientation="horizontal", extend="both")
    low, high = image.get_clim()
    end = f"{100 * share:.2g} %"
    bar.set_ticks([low, 0, high], labels=[f"−{end}", "0", f"+{end}"])
    inset.tick_params(colors=FAINT, labelsize=9, length=2)
    bar.outline.set_visible(False)
    for y, points, colour, text in (
        (1, 6, INK, f"difference to {difference_to}"),
        (0, -45, FAINT, "of the intensity\nshown as white"),
    ):
        inset.annotate(
            text, (0.5, y), xytext=(0, points), xycoords="axes fraction",
            textcoords="offset points", color=colour, fontsize=9, ha="center",
        )  # fmt: skip
