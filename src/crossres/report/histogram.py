"""The histogram of the foreground: that of a result should resemble that of its scan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossres.report.drawing import FAINT, INK, PAPER, default_style, png
from crossres.types import SettingsError
from crossres.volume import Volume, above_tenth

_COLOURS = ("#9aa0a6", "#1f78d1", "#ffd34d", "#d9601a")


@default_style()
def histogram_picture(volumes: Mapping[str, Volume], *, bins: int = 50) -> bytes:
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
    from matplotlib.figure import Figure

    top = float(np.percentile(next(iter(volumes.values())).data, 99.9)) or 1.0
    figure = Figure(figsize=(9.2, 3.4), dpi=150, facecolor=PAPER, layout="constrained")
    axis = figure.add_subplot(facecolor=PAPER)
    axis.set_xlabel("intensity", color=INK)
    axis.set_ylabel("share of the foreground", color=INK)
    axis.tick_params(colors=FAINT)
    for colour, (name, volume) in zip(_COLOURS, volumes.items(), strict=False):
        inside = volume.data[above_tenth(volume.data, top)]
        shares, edges = np.histogram(inside, bins, (0.1 * top, 1.1 * top))
        axis.stairs(shares / max(shares.sum(), 1), edges, color=colour, label=name)
    axis.legend(labelcolor=INK, facecolor=PAPER, edgecolor=FAINT)
    return png(figure)
