"""Take the noise out of a magnitude image: non-local means, and the Rician bias."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from crossres.types import Array3

MEMBERS = ((3, 1), (5, 2))
"""Size of patches and distance of the search, voxels. The mean of both leaves less noise than each
alone, and a wider search no less (studies/HISTORY.md)."""
STRENGTH = 0.6
"""Decay of the weights, in standard deviations of the noise."""
_LEVELS = np.linspace(0, 12, 1201)


def denoise(data: Array3, deviation: float) -> Array3:
    """Return an image without most of its noise.

    Voxels that are exactly 0 stay so, and no others become 0.

    Args:
        data: Magnitudes, ``(i, j, k)``, at least 0.
        deviation: Standard deviation of the noise in each of the two channels, in intensities; 0
            returns the image unchanged.

    Returns:
        ``(i, j, k)``, float32; a single line of voxels is returned unchanged.

    References:
        Buades 2005, doi 10.1109/CVPR.2005.38 (non-local means); Coupe 2008,
        doi 10.1109/TMI.2007.906087 (of MRI).

    Example:
        >>> from crossres.physics import add_rician_noise
        >>> still = np.full((16, 16, 16), 100.0, np.float32)
        >>> noisy = add_rician_noise(still, 10.0, np.random.default_rng(0)).astype(np.float32)
        >>> bool(np.abs(denoise(noisy, 10.0) - 100).mean() < 3)
        True
    """
    if deviation == 0 or not data.any():
        return data
    box = _box(data)
    noisy = np.ascontiguousarray(data[box])
    if np.squeeze(noisy).ndim < 2:
        return data
    still = without_rician_bias(_non_local_means(noisy, deviation), deviation)
    found = np.zeros(data.shape, np.float32)
    found[box] = np.where(noisy == 0, 0, np.maximum(still, np.finfo(np.float32).tiny))
    return found


def _non_local_means(noisy: Array3, deviation: float) -> Array3:
    """Return the mean over the members; a single slice has patches in two dimensions."""
    from skimage.restoration import denoise_nl_means

    images = [
        denoise_nl_means(
            np.squeeze(noisy), patch_size=size, patch_distance=distance, h=STRENGTH * deviation,
            sigma=deviation, fast_mode=True,
        )
        for size, distance in MEMBERS
    ]  # fmt: skip
    return np.asarray(np.mean(images, axis=0).reshape(noisy.shape))


def without_rician_bias(mean: Float[np.ndarray, ...], deviation: float) -> Float[np.ndarray, ...]:
    """Return the magnitudes without noise whose mean with Rician noise is given.

    Args:
        mean: Means of noisy magnitudes, any shape; below the mean of air they count as air.
        deviation: Standard deviation of the noise in each of the two channels, above 0.

    Returns:
        The magnitudes, at least 0.

    References:
        Koay and Basser 2006, doi 10.1016/j.jmr.2006.01.016.

    Example:
        >>> np.round(without_rician_bias(np.array([1.25, 10.0]), 1.0), 2).tolist()
        [0.0, 9.95]
    """
    level = mean / deviation
    low = np.interp(level, _rician_means(), _LEVELS)
    high = np.sqrt(np.maximum(np.square(level) - 1, 0))
    return deviation * np.where(level < _LEVELS[-2], low, high)


def _rician_means() -> Float[np.ndarray, " n"]:
    """Return the means of Rician variables with noise of 1, for each of the levels."""
    from scipy.special import ive

    x = np.square(_LEVELS) / 4
    means = np.sqrt(np.pi / 2) * ((1 + 2 * x) * ive(0, x) + 2 * x * ive(1, x))
    return np.asarray(means)


def _box(data: Array3) -> tuple[slice, ...]:
    """Return the smallest box that holds all voxels other than 0."""
    sides = (data.any(axis=tuple(a for a in range(3) if a != axis)) for axis in range(3))
    ends = (np.flatnonzero(side)[[0, -1]] for side in sides)
    return tuple(slice(int(first), int(last) + 1) for first, last in ends)
