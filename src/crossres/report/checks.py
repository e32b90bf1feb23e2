"""Pictures that check a result: residual, registration, histogram, profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

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
    Plane,
    Slice,
    detailed_box,
    slice_panel,
)
from crossres.report.windows import grey_window
from crossres.types import SettingsError
from crossres.volume import Volume, above_tenth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
LIMIT = 0.05
"""Residuals are shown up to this share of the intensity shown as white."""
_COLOURS = ("#9aa0a6", "#1f78d1", "#ffd34d", "#d9601a")
_GUIDE_EDGE = "#ff5a4d"


@default_style()
def residual_picture(residual: Volume, scan: Volume, fractions: Mapping[Plane, float]) -> bytes:
    """Draw A x^ - y in three planes: black where the result agrees with the scan.

    Args:
        residual: On the scan's grid.
        scan: The scan, which gives the scale.
        fractions: Position of the slice by plane, 0-1 of the field of view.

    Returns:
        A PNG.
    """
    figure, axes = _row(len(PLANES))
    for axis, plane in zip(axes, PLANES, strict=True):
        cut = slice_panel({"r": residual, "y": scan}, plane, fraction=fractions[plane])
        white = grey_window(cut["y"])[1]
        show(axis, cut["r"], cut["r"].data / white, difference_colours(), (-LIMIT, LIMIT))
        axis.set_title(plane, color=INK, fontsize=10)
    figure.text(
        0.5, 0.02, f"black: agreement; full colour: {LIMIT:.0%} of the intensity shown as white",
        color=FAINT, fontsize=9, ha="center",
    )  # fmt: skip
    return png(figure)


@default_style()
def overlay_picture(
    target: Volume, guides: Mapping[str, Volume], plane: Plane, fraction: float
) -> bytes:
    """Draw the edges of the guide over the target, before and after registration.

    Args:
        target: Drawn in grey.
        guides: The guide by caption (``"before"``, ``"after"``), over one field of view.
        plane: Plane of the slice.
        fraction: Its position, 0-1 of the field of view.

    Returns:
        A PNG.
    """
    figure, axes = _row(len(guides))
    panels = slice_panel({"target": target, **guides}, plane, fraction=fraction)
    for axis, name in zip(axes, guides, strict=True):
        show(axis, panels["target"], panels["target"].data, "gray", grey_window(panels["target"]))
        _edges(axis, panels[name])
        axis.set_title(name, color=INK, fontsize=10)
    return png(figure)


def _edges(axis: Axes, picture: Slice) -> None:
    """Draw contours at 20 and 50 % of the guide's range: scalp, skull and ventricles."""
    rows, columns = picture.data.shape
    x = (np.arange(columns) + 0.5) * picture.width / columns
    y = (np.arange(rows) + 0.5) * picture.height / rows
    top = grey_window(picture)[1]
    levels = [0.2 * top, 0.5 * top]
    axis.contour(x, y, picture.data, levels=levels, colors=_GUIDE_EDGE, linewidths=0.6)


@default_style()
def histogram_picture(volumes: Mapping[str, Volume], *, bins: int = 120) -> bytes:
    """Draw the histogram of the foreground for volumes of one contrast.

    Args:
        volumes: By name; the first sets the range.
        bins: Number of bins.

    Returns:
        A PNG.

    Raises:
        SettingsError: No volumes.
    """
    if not volumes:
        raise SettingsError("a histogram requires at least one volume, got none")
    top = float(np.percentile(next(iter(volumes.values())).data, 99.9)) or 1.0
    figure, axis = _plot("intensity", "share of the foreground")
    for colour, (name, volume) in zip(_COLOURS, volumes.items(), strict=False):
        inside = volume.data[above_tenth(volume.data, top)]
        shares, edges = np.histogram(inside, bins, (0.1 * top, 1.1 * top))
        axis.stairs(shares / max(shares.sum(), 1), edges, color=colour, label=name)
    axis.legend(labelcolor=INK, facecolor=PAPER, edgecolor=FAINT)
    return png(figure)


@default_style()
def profile_picture(volumes: Mapping[str, Volume], plane: Plane, fraction: float) -> bytes:
    """Draw intensities along a line through the detail of a slice.

    Args:
        volumes: By name, of one field of view and contrast; the line runs through the detail of the
            last.
        plane: Plane of the slice.
        fraction: Its position, 0-1 of the field of view.

    Returns:
        A PNG.
    """
    panels = slice_panel(volumes, plane, fraction=fraction)
    box = detailed_box(list(panels.values())[-1])
    figure, axis = _plot("mm along the line", "intensity")
    for colour, (name, picture) in zip(_COLOURS, panels.items(), strict=False):
        rows, columns = picture.data.shape
        row = min(int((box.top + box.height / 2) / picture.height * rows), rows - 1)
        place = (np.arange(columns) + 0.5) * picture.width / columns
        within = (place >= box.left) & (place <= box.left + box.width)
        marker = "o" if columns < 2 * box.width else None
        axis.plot(
            place[within], picture.data[row][within], color=colour, label=name, marker=marker, ms=3
        )
    axis.legend(labelcolor=INK, facecolor=PAPER, edgecolor=FAINT)
    return png(figure)


def _row(count: int) -> tuple[Figure, list[Axes]]:
    """Return a dark row of bare axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4 * count, 3.8), dpi=150, facecolor=PAPER)
    axes = list(figure.subplots(1, count, squeeze=False)[0])
    figure.subplots_adjust(0.01, 0.08, 0.99, 0.92, 0.03)
    for axis in axes:
        axis.set_axis_off()
    return figure, axes


def _plot(x: str, y: str) -> tuple[Figure, Axes]:
    """Return a dark pair of axes for curves."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4), dpi=150, facecolor=PAPER, layout="constrained")
    axis = figure.add_subplot(facecolor=PAPER)
    axis.set_xlabel(x, color=INK)
    axis.set_ylabel(y, color=INK)
    axis.tick_params(colors=FAINT)
    return figure, axis
