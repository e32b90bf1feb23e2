"""Intensity scale of a volume: what brings every scanner's numbers to about 0-1."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.types import (
    Array3,
    Mask3,
    RegistrationError,
    VolumeError,
)

FOREGROUND = 0.1
"""Voxels above this fraction of the 99.9th percentile count as foreground."""


def intensity_scale(data: Float[np.ndarray, "..."]) -> float:
    """Return the 99th percentile of the foreground, a robust "1" for this volume.

    Args:
        data: Intensities of any range.

    Raises:
        VolumeError: Nothing is above 0.

    Example:
        >>> float(round(intensity_scale(np.linspace(0.0, 100.0, 1001)), 3))
        99.1
    """
    positive = data[data > 0]
    if positive.size == 0:
        raise VolumeError("the image has no intensity above 0; give magnitude images")
    top = np.percentile(positive, 99.9)
    return float(np.percentile(positive[positive > FOREGROUND * top], 99))


def foreground_mask(reference: Array3) -> Mask3:
    """Tell the head from the air around it, without knowing anatomy.

    If at least a fifth of the voxels are exactly 0, all others are foreground; if not, what lies
    above Otsu's threshold is. The largest connected piece is kept, its holes filled. It is the
    *brain* only if the image was skull-stripped; otherwise it is the head, not "in-brain".

    Args:
        reference: Intensities, ``(i, j, k)``, any range.

    Returns:
        A mask of the same shape.

    Raises:
        VolumeError: An image of a single value.

    References:
        Otsu 1979, doi 10.1109/TSMC.1979.4310076.
    """
    if float(np.ptp(reference)) == 0:
        raise VolumeError("the image has a single value, so no foreground; check the file")
    background_known = np.mean(reference == 0) >= 0.2
    inside = reference != 0 if background_known else reference > _otsu(reference)
    pieces, count = ndimage.label(inside)
    if count > 1:
        inside = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    filled: Mask3 = ndimage.binary_fill_holes(inside)
    return filled


def _otsu(values: Array3) -> float:
    """Return the threshold that parts the histogram with the largest between-class variance."""
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * centres)
    difference = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    return float(edges[1 + np.argmax(below * above * difference**2)])


_BRIGHT_PERCENT = 98.0


_FOREGROUND_LEVEL = 0.1


def foreground_threshold(data: Array3) -> float:
    """Return the intensity above which a voxel is head rather than air.

    It lies a tenth of the way from the minimum to the 98th percentile of all voxels above the
    minimum (so that the exact zeros around a skull-stripped brain do not count).

    Args:
        data: Intensities, ``(i, j, k)``.

    Raises:
        RegistrationError: An image without contrast (constant, or not finite).

    References:
        Smith 2002, Fast robust automated brain extraction, doi:10.1002/hbm.10062, for the 10 % of
        the robust range; its lower end is the minimum here, because in a skull-stripped image the
        2nd percentile is tissue already.
    """
    above = data[data > data.min()]
    if above.size == 0 or not np.isfinite(data).all():
        raise RegistrationError(
            "an image is constant or not finite, so there is nothing to register; "
            "check that both files show a head"
        )
    low, high = float(data.min()), float(np.percentile(above, _BRIGHT_PERCENT))
    return low + _FOREGROUND_LEVEL * (high - low)
