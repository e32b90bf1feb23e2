"""Slice profiles and interpolation kernels: weights as functions of distance."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from crossres.volume import ProfileShape

Distances: TypeAlias = NDArray[np.float64]
SliceProfile: TypeAlias = Callable[[Distances, float], Distances]
"""From (distance to the voxel centre in mm, FWHM in mm) to weights, not yet normalised."""

SUPPORT_FWHM = 2.0
"""Gaussian weights beyond this many FWHM (below 2e-5 of the peak) are exactly 0, so that
empty background stays empty."""

SLAB_EDGE = 0.25
"""FWHM of the Gaussian that smooths the edges of a slab, as a share of its width."""


def gaussian(distance: Distances, fwhm: float) -> Distances:
    """Weigh by a Gaussian, 1 at the centre and 1/2 at ``fwhm / 2``.

    Args:
        distance: Distances to the voxel centre, mm, any shape.
        fwhm: Full width at half maximum, mm, above 0.

    Returns:
        Weights of the same shape, 0-1; exactly 0 beyond ``SUPPORT_FWHM`` widths.

    Example:
        >>> gaussian(np.array([0.0, 1.0]), fwhm=2.0).tolist()
        [1.0, 0.5]
    """
    ratio = distance / fwhm
    # Rounded, so that a sample right at the end counts on both sides or on neither.
    outside = np.abs(ratio).round(9) > SUPPORT_FWHM
    return np.where(outside, 0.0, np.exp2(-4.0 * ratio**2))


def slab(distance: Distances, fwhm: float) -> Distances:
    """Weigh by a rectangle with smooth edges: convolved with a Gaussian of a quarter of its width.

    Args:
        distance: Distances to the voxel centre, mm, any shape.
        fwhm: Full width at half maximum, mm, above 0.

    Returns:
        Weights of the same shape, 0-1; exactly 0 beyond the support of the Gaussian.

    Example:
        >>> slab(np.array([0.0, 1.0, 2.0]), fwhm=2.0).round(3).tolist()
        [1.0, 0.5, 0.0]
    """
    steepness = 4 * np.sqrt(np.log(2)) / (SLAB_EDGE * fwhm)
    ends = [erf(steepness / 2 * (distance + side * fwhm / 2)) for side in (1, -1)]
    outside = (np.abs(distance) / fwhm).round(9) > 0.5 + SUPPORT_FWHM * SLAB_EDGE
    return np.where(outside, 0.0, (ends[0] - ends[1]) / 2)


def cubic(distance: Distances) -> Distances:
    """Weigh by the cubic convolution kernel with a = -1/2.

    Args:
        distance: Distances to the sample, in coarse voxels, any shape and sign.

    Returns:
        Weights of the same shape, 1 at the sample and 0 from two voxels on.

    References:
        Keys 1981, doi 10.1109/TASSP.1981.1163711, eq. 15.

    Example:
        >>> cubic(np.array([0.0, 0.5, 1.0])).tolist()
        [1.0, 0.5625, 0.0]
    """
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


PROFILES: dict[ProfileShape, SliceProfile] = {"gaussian": gaussian, "slab": slab}
"""Profiles by the name of their shape."""
