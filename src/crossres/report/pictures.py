"""PNG pictures of slices with one grey window, one scale of differences and the patient's sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crossres.report.drawing import (
    FAINT,
    INK,
    PAPER,
    default_style,
    difference_colours,
    png,
    show,
)
from crossres.report.slices import (
    Array2,
    Box,
    Slice,
    detailed_box,
    head_box,
)
from crossres.report.windows import Window, grey_window, picture_difference_limit
from crossres.types import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_PANEL_INCHES, _HEAD_INCHES, _FOOT_INCHES = 2.3, 0.55, 0.32
_LAYER_INCHES = 4.4
_DPI = 150
_MARK = "#ffd34d"


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
    """Draw slices side by side, a detail of each below, and their differences below that.

    All panels of the target's contrast share one grey window; each panel of another contrast has
    its own. The differences share one symmetric colour scale.

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
    layout = _layout(panels, difference_to, other_contrast, box, windows or {})
    figure, axes = _empty_figure(layout)
    for name, column in zip(panels, axes.T, strict=True):
        for axis in column[:2]:
            show(axis, panels[name], panels[name].data, "gray", layout.windows[name])
        _describe(column[0], panels[name], name, (captions or {}).get(name, ""))
        _frame(column[0], layout.box)
        _zoom(column[0], layout.view)
        _zoom(column[1], layout.box)
    if difference_to is not None:
        _draw_differences(dict(zip(panels, axes[2], strict=True)), panels, layout)
    return png(figure)


@default_style()
def layers(
    panels: Mapping[str, Slice], *, other_contrast: Collection[str] = ("guide",)
) -> dict[str, bytes]:
    """Draw slices that coincide exactly, to be shown one over the other.

    Args:
        panels: Slices by name, all of one field of view; the best one last.
        other_contrast: Names of the panels that are not of the target's contrast.

    Returns:
        A PNG per panel, all of one size and without text.

    Raises:
        SettingsError: No panels of the target's contrast.
    """
    from matplotlib.figure import Figure

    layout = _layout(panels, None, other_contrast, None, {})
    size = (_LAYER_INCHES, _LAYER_INCHES * layout.view.height / layout.view.width)
    drawn = {}
    for name, picture in panels.items():
        figure = Figure(figsize=size, dpi=_DPI, facecolor=PAPER)
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set_axis_off()
        show(axis, picture, picture.data, "gray", layout.windows[name])
        _zoom(axis, layout.view)
        drawn[name] = png(figure)
    return drawn


@dataclass(frozen=True)
class _Layout:
    """Windows, boxes and differences of a comparison."""

    difference_to: str | None
    differences: dict[str, Array2]
    windows: dict[str, Window]
    box: Box
    view: Box
    convention: str
    columns: int

    @property
    def rows(self) -> int:
        return 2 if self.difference_to is None else 3


def _layout(
    panels: Mapping[str, Slice],
    difference_to: str | None,
    other_contrast: Collection[str],
    box: Box | None,
    windows: Mapping[str, Window],
) -> _Layout:
    """Choose windows, box and differences."""
    same = {name: picture for name, picture in panels.items() if name not in other_contrast}
    if not same or (difference_to is not None and difference_to not in same):
        raise SettingsError(
            f"no panel {difference_to!r} of the target's contrast among {list(panels)}; name "
            "another"
        )
    most = max(picture.data.size for picture in same.values())
    finest = [picture for picture in same.values() if picture.data.size == most]
    shared = grey_window(*finest)
    return _Layout(
        difference_to,
        {} if difference_to is None else _differences(same, difference_to),
        {n: shared if n in same else grey_window(p) for n, p in panels.items()} | dict(windows),
        box or detailed_box(finest[-1]),
        head_box(finest[-1]),
        finest[-1].convention,
        len(panels),
    )


def _differences(same: Mapping[str, Slice], difference_to: str) -> dict[str, Array2]:
    """Return the difference of each panel on the grid of the one that is subtracted."""
    base = same[difference_to].data
    return {
        name: picture.data - base
        for name, picture in same.items()
        if name != difference_to and picture.data.shape == base.shape
    }


def _empty_figure(layout: _Layout) -> tuple[Figure, NDArray[np.object_]]:
    """Return a dark figure and its empty axes (row, column), in the slices' proportions."""
    from matplotlib.figure import Figure

    tall = layout.view.height / layout.view.width
    heights = (tall, 1.0, tall)[: layout.rows]
    width = layout.columns * _PANEL_INCHES
    height = sum(heights) * _PANEL_INCHES + _HEAD_INCHES + _FOOT_INCHES
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor=PAPER)
    grid = figure.add_gridspec(
        layout.rows, layout.columns, height_ratios=heights, wspace=0.02, hspace=0.02,
        left=0, right=1, bottom=_FOOT_INCHES / height, top=1 - _HEAD_INCHES / height,
    )  # fmt: skip
    axes = grid.subplots(squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    figure.text(0.5, 0.09 / height, layout.convention, color=FAINT, fontsize=9, ha="center")
    return figure, axes


def _describe(axis: Axes, picture: Slice, name: str, caption: str) -> None:
    """Write name and caption above the panel, and the patient's sides on its edges."""
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
    places = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    align = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, (x, y), (ha, va) in zip(picture.edges, places, align, strict=True):
        text = axis.text(x, y, letter, transform=axis.transAxes, color=_MARK, fontsize=9)
        text.set(ha=ha, va=va)


def _frame(axis: Axes, box: Box) -> None:
    """Mark the detail on the whole slice."""
    from matplotlib.patches import Rectangle

    corner = (box.left, box.top)
    axis.add_patch(Rectangle(corner, box.width, box.height, fill=False, ec=_MARK, lw=0.8))


def _zoom(axis: Axes, box: Box) -> None:
    """Limit the axes to the box."""
    axis.set_xlim(box.left, box.left + box.width)
    axis.set_ylim(box.top + box.height, box.top)


def _draw_differences(
    axes: Mapping[str, Axes], panels: Mapping[str, Slice], layout: _Layout
) -> None:
    """Draw all differences on one scale; its bar is in the column of the panel subtracted."""
    limit = picture_difference_limit(layout.differences.values())
    colours = difference_colours()
    for name, difference in layout.differences.items():
        image = show(axes[name], panels[name], difference, colours, (-limit, limit))
        _zoom(axes[name], layout.view)
    if layout.differences and layout.difference_to is not None:
        white = layout.windows[layout.difference_to][1]
        _colour_bar(axes[layout.difference_to], image, layout.difference_to, limit / white)


def _colour_bar(axis: Axes, image: AxesImage, difference_to: str, share: float) -> None:
    """Draw the scale; it ends at this share of the intensity shown as white."""
    inset = axis.inset_axes((0.14, 0.5, 0.72, 0.05))
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
