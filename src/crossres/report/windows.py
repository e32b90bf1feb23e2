"""Grey windows: the intensities that are shown as black and as white.

Both functions begin at 0 (or at the 1 % point where it is negative) and end at the 99.8 % point.
They differ in the least width. A picture of an empty slice only requires a window that is not
empty. The range in ``maps.json`` is read by viewers that compute in float32, so it is at least 1e-6
wide.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossres.report.slices import Slice
from crossres.types import Array3

Window: TypeAlias = tuple[float, float]
"""Intensities shown as black and as white."""


def grey_window(*pictures: Slice) -> Window:
    """Return one grey window for slices.

    Args:
        pictures: The slices that share the window, at least one.

    Returns:
        Intensities shown as black and as white.
    """
    black, white = _black_white(np.concatenate([picture.data.ravel() for picture in pictures]))
    return black, max(white, 1e-12)


def grey_range(data: Array3) -> Window:
    """Return the grey window of a volume, as written to ``maps.json``.

    Args:
        data: Intensities (i, j, k).

    Returns:
        Intensities shown as black and as white.
    """
    black, white = _black_white(data)
    return black, max(white, black + 1e-6)


def _black_white(values: NDArray[np.floating]) -> Window:
    low, high = np.percentile(values, (1, 99.8))
    return min(float(low), 0.0), float(high)
