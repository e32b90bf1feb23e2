"""Drawing shared by all pictures: colours, slices to scale, PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from crossres.report.slices import Array2, Slice
from crossres.report.windows import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

PAPER, INK, FAINT = "#0b0d10", "#e8eaed", "#9aa0a6"
# Dark at zero, so that agreement is as black as the background of a scan.
_DIFFERENCE = ("#8fd0ff", "#1f78d1", "#0b0d10", "#d9601a", "#ffd08a")


def show(
    axis: Axes,
    picture: Slice,
    data: Array2,
    colours: str | Colormap,
    window: Window,
) -> AxesImage:
    """Draw data in mm from the top left corner, so that coarse and fine grids coincide.

    Args:
        axis: Axes to draw in.
        picture: The slice, which gives the field of view.
        data: Intensities (row, column); those of the slice or a difference on its grid.
        colours: Colour map.
        window: Intensities at both ends of the colour map.

    Returns:
        The image.
    """
    extent = (0, picture.width, picture.height, 0)
    low, high = window
    return axis.imshow(data, extent=extent, aspect="equal", cmap=colours, vmin=low, vmax=high)


def difference_colours() -> Colormap:
    """Return the colours of differences: blue below 0, dark at 0, orange above.

    Returns:
        A colour map of matplotlib.
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("difference", _DIFFERENCE)


def png(figure: Figure) -> bytes:
    """Return a figure as PNG on a dark background.

    Args:
        figure: Any figure.

    Returns:
        A PNG without the name and version of matplotlib.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", facecolor=PAPER, metadata={"Software": None})
    return stream.getvalue()
