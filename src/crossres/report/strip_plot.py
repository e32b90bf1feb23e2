"""A distribution as a strip of dots with a box, in the coordinates of a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 260.0, 64.0
"""Size of the picture, pixels."""
_MARGIN, _MIDDLE, _JITTER = 10.0, 26.0, 12.0
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class StripPlot:
    """Where the parts of the plot lie.

    Args:
        dots: x and y of each value, by its key.
        box: x of the quartiles and of the median between them; None for less than 4 values.
        ends: The least and the largest value.
    """

    dots: Mapping[int, tuple[float, float]]
    box: tuple[float, float, float] | None
    ends: tuple[float, float]


def strip_plot(values: Mapping[int, float]) -> StripPlot:
    """Return the plot of values.

    Args:
        values: Finite values by key; others are left out.

    Returns:
        The plot; values of one size lie in the middle.

    Example:
        >>> strip_plot({0: 1.0, 1: 3.0}).dots[1][0] == WIDTH - 10
        True
    """
    known = {key: value for key, value in values.items() if math.isfinite(value)}
    if not known:
        return StripPlot({}, None, (math.nan, math.nan))
    low, high = min(known.values()), max(known.values())
    reach = high - low

    def place(value: float) -> float:
        share = (value - low) / reach if reach else 0.5
        return _MARGIN + share * (WIDTH - 2 * _MARGIN)

    # Multiples of the golden ratio spread evenly, and are the same in every run.
    dots = {
        key: (place(value), _MIDDLE + _JITTER * (2 * ((number * _GOLDEN) % 1) - 1))
        for number, (key, value) in enumerate(known.items())
    }
    if len(known) < 4:
        return StripPlot(dots, None, (low, high))
    first, middle, third = (place(q) for q in np.percentile(list(known.values()), (25, 50, 75)))
    return StripPlot(dots, (first, middle, third), (low, high))
