"""What all pictures are drawn with: colours, windows of intensities, slices to scale, PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from crossres.report.slices import Array2, Slice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

Window: TypeAlias = tuple[float, float]
"""Intensities shown as black and as white."""

PAPER, INK, FAINT = "#0b0d10", "#e8eaed", "#9aa0a6"
# Dark at zero, so that agreement is black as the background of a scan is.
_DIFFERENCE = ("#8fd0ff", "#1f78d1", "#0b0d10", "#d9601a", "#ffd08a")


def grey_window(*pictures: Slice) -> Window:
    """Return the intensities to show as black and as white: 0 (or the 1 % point below), and 99.8 %.

    Args:
        pictures: The slices that shall share the window.
    """
    values = np.concatenate([picture.data.ravel() for picture in pictures])
    low, high = np.percentile(values, (1, 99.8))
    return float(min(low, 0)), float(max(high, 1e-12))


def show(
    axis: Axes,
    picture: Slice,
    data: Array2,
    colours: str | Colormap,
    window: Window,
) -> AxesImage:
    """Draw in mm from the top left corner, so that coarse and fine grids lie on each other."""
    extent = (0, picture.width, picture.height, 0)
    low, high = window
    return axis.imshow(data, extent=extent, aspect="equal", cmap=colours, vmin=low, vmax=high)


def difference_colours() -> Colormap:
    """Return the colours of differences: blue below 0, dark at 0, orange above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("difference", _DIFFERENCE)


def png(figure: Figure) -> bytes:
    """Return a figure as PNG, on dark paper."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=PAPER, metadata={"Software": None})
    return stream.getvalue()
