"""Drawing shared by all pictures: settings of matplotlib, colours, slices to scale, PNG."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from crossres.checks import require
from crossres.report.slices import Array2, Box, Slice
from crossres.report.windows import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.patheffects import AbstractPathEffect

PAPER, INK, FAINT, MARK = "#0b0d10", "#e8eaed", "#9aa0a6", "#ffd34d"
# Dark at zero, so that agreement is as black as the background of a scan.
_DIFFERENCE = ("#8fd0ff", "#1f78d1", "#0b0d10", "#d9601a", "#ffd08a")


@contextmanager
def default_style() -> Iterator[None]:
    """Draw with the defaults of matplotlib, whatever the user has set, and without its messages.

    Neither MPLBACKEND nor a matplotlibrc nor settings made in Python change a picture; the user's
    settings are in force again afterwards. As a decorator it applies to a whole function.

    Yields:
        Nothing; matplotlib is loaded, and its defaults are in force inside.

    Example:
        >>> with default_style():
        ...     import matplotlib
        ...     matplotlib.rcParams["image.origin"]
        'upper'
    """
    with _silent("matplotlib"):
        matplotlib = _matplotlib()
        # A change of the backend would close the user's figures; no picture depends on it.
        defaults = {
            name: value
            for name, value in matplotlib.rcParamsDefault.items()
            if name not in ("backend", "backend_fallback")
        }
        with matplotlib.rc_context(defaults):
            yield


def _matplotlib() -> ModuleType:
    """Load matplotlib, which fails at import where the user's settings are wrong.

    Valid settings are loaded, since the caller's own figures may depend on them.
    """
    require("report", "drawing pictures")
    try:
        import matplotlib
    except (ValueError, OSError):
        # Modules that were loaded before the failure would hold parts of the first attempt.
        for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
            del sys.modules[name]
        with _without_settings():
            import matplotlib
    return matplotlib


@contextmanager
def _without_settings() -> Iterator[None]:
    """Hide MPLBACKEND and every matplotlibrc of the user while matplotlib is loaded."""
    spec = find_spec("matplotlib")
    assert spec is not None  # its import has begun
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        # A matplotlibrc in the current folder precedes all others; this folder holds the defaults.
        with chdir(Path(str(spec.origin)).parent / "mpl-data"):
            yield
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Suppress what a library logs: unknown settings, a missing folder, a new list of fonts."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


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


def zoom(axis: Axes, box: Box) -> None:
    """Limit axes to a box.

    Args:
        axis: Axes of a slice.
        box: The part to show.
    """
    axis.set_xlim(box.left, box.left + box.width)
    axis.set_ylim(box.top + box.height, box.top)


def draw_frame(axis: Axes, box: Box) -> None:
    """Mark a detail on a whole slice.

    Args:
        axis: Axes of the slice.
        box: The detail.
    """
    from matplotlib.patches import Rectangle

    corner = (box.left, box.top)
    axis.add_patch(Rectangle(corner, box.width, box.height, fill=False, ec=MARK, lw=0.8))


def draw_sides(axis: Axes, picture: Slice) -> None:
    """Write the patient's sides on the edges of a slice.

    Args:
        axis: Axes of the slice.
        picture: The slice.
    """
    places = ((0.02, 0.5), (0.98, 0.5), (0.5, 0.98), (0.5, 0.02))
    align = (("left", "center"), ("right", "center"), ("center", "top"), ("center", "bottom"))
    for letter, (x, y), (ha, va) in zip(picture.edges, places, align, strict=True):
        text = axis.text(x, y, letter, transform=axis.transAxes, color=MARK, fontsize=9)
        text.set(ha=ha, va=va, path_effects=_outlined(), zorder=5)


def scale_length(box: Box) -> float:
    """Return the length of the scale bar of a picture: a round number, a third of it at most.

    Args:
        box: What the picture shows.

    Returns:
        Length, mm.

    Example:
        >>> scale_length(Box(0, 0, 180, 150))
        50.0
    """
    lengths = [digit * 10.0**power for power in range(-2, 4) for digit in (1, 2, 5)]
    return max((each for each in lengths if each <= box.width / 3), default=lengths[0])


def draw_scale_bar(axis: Axes, box: Box) -> None:
    """Draw a scale bar into the lower left corner of a picture.

    Args:
        axis: Axes of the slice, limited to the box.
        box: What it shows.
    """
    length, left = scale_length(box), box.left + 0.04 * box.width
    bottom = box.top + box.height - 0.04 * min(box.width, box.height)
    axis.plot([left, left + length], [bottom, bottom], color=INK, lw=1.6, path_effects=_outlined())
    axis.annotate(
        f"{length:g} mm", (left, bottom), xytext=(0, 3), textcoords="offset points", color=INK,
        fontsize=8, path_effects=_outlined(),
    )  # fmt: skip


def _outlined() -> list[AbstractPathEffect]:
    """Return a dark outline, without which letters cannot be read on bright tissue."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2, foreground=PAPER)]


def difference_colours() -> Colormap:
    """Return the colours of differences: blue below 0, dark at 0, orange above.

    Returns:
        A colour map of matplotlib.
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("difference", _DIFFERENCE)


@default_style()
def png(figure: Figure) -> bytes:
    """Return a figure as PNG.

    Args:
        figure: Any figure.

    Returns:
        A PNG without the name and version of matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
