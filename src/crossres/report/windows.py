"""Grey windows: the intensities that are shown as black and as white.

Both grey windows begin at 0 (or at the 1 % point where it is negative) and end at the 99.8 % point.
They differ in the least width. A picture of an empty slice only requires a window that is not
empty. The range in ``maps.json`` is read by viewers that compute in float32, so it is at least 1e-6
wide.

The colour scales of signed differences end at their 99.5 % point, but differ too. A picture counts
every pixel of the panels that share the scale, and only requires an end above 0. A map counts the
voxels that are not 0, so that empty air does not lower the percentile, and its end is at least an
intensity that is noticeable in the scan: rounding errors would look like a finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossres.report.slices import Array2, Slice
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


def finest_of(pictures: Mapping[str, Slice]) -> list[Slice]:
    """Return the slices on the finest grid.

    Args:
        pictures: Slices by name, at least one.

    Returns:
        Those with the most pixels, in their order.
    """
    most = max(picture.data.size for picture in pictures.values())
    return [picture for picture in pictures.values() if picture.data.size == most]


def shared_windows(
    panels: Mapping[str, Slice], other_contrast: Collection[str]
) -> dict[str, Window]:
    """Return the grey window of each slice: one for the target's contrast, one for each other.

    Args:
        panels: Slices by name; at least one of the target's contrast.
        other_contrast: Names of those of another contrast.

    Returns:
        Intensities shown as black and as white, by name.
    """
    same = {name: picture for name, picture in panels.items() if name not in other_contrast}
    shared = grey_window(*finest_of(same))
    return {name: shared if name in same else grey_window(p) for name, p in panels.items()}


def grey_range(data: Array3) -> Window:
    """Return the grey window of a volume, as written to ``maps.json``.

    Args:
        data: Intensities (i, j, k).

    Returns:
        Intensities shown as black and as white.
    """
    black, white = _black_white(data)
    return black, max(white, black + 1e-6)


def picture_difference_limit(differences: Iterable[Array2]) -> float:
    """Return the end of the colour scale that the differences of a picture share.

    Args:
        differences: Signed differences (i, j), all on one scale.

    Returns:
        The 99.5 % point of all absolute differences; 1 without any difference.
    """
    sizes = [np.abs(difference).ravel() for difference in differences]
    return max(float(np.percentile(np.concatenate(sizes), 99.5)), 1e-12) if sizes else 1.0


def map_limit(data: Array3, smallest: float) -> float:
    """Return the end of the colour scale of a signed map.

    Args:
        data: The map (i, j, k).
        smallest: The least end, in the units of the map.

    Returns:
        The 99.5 % point of the absolute values that are not 0.
    """
    sizes = np.abs(data[data != 0])
    return max(float(np.percentile(sizes, 99.5)) if sizes.size else 0.0, smallest)


def _black_white(values: NDArray[np.floating]) -> Window:
    low, high = np.percentile(values, (1, 99.8))
    return min(float(low), 0.0), float(high)
