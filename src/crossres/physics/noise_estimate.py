"""Estimate the noise of a scan: from its air where there is any, else from the head."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from scipy import ndimage

from crossres.types import Array3, Mask3
from crossres.volume import brain_or_head_mask, intensity_scale

NoiseSource: TypeAlias = Literal["given", "air", "head", "none"]

MASKED = 0.3
"""Share of exact zeros in the air from which it was masked and shows no noise."""
DILATION, EROSION = 6, 3
"""Voxels that the air keeps from the head, and the inside of the head from the air."""
LEAST_IN_HEAD = 0.02
"""Share of the intensity scale from which an estimate from the head is noise. None of 150 scans
without noise reaches it (``python -m studies.noise --levels``)."""
LEAST_VOXELS = 1000
_RAYLEIGH_MEDIAN = np.sqrt(2 * np.log(2))
_MOST_PATCHES = 60_000
_QUIET_PERCENT, _QUIET_RATIO = 10, 0.67
"""The quietest tenth of 5 x 5 pixels, and its standard deviation in pure noise of 1."""


@dataclass(frozen=True)
class NoiseLevel:
    """The noise of a scan.

    Args:
        deviation: Standard deviation of the real and of the imaginary part, in intensities of the
            scan, at least 0.
        share: The same as a share of the scan's intensity scale.
        source: "given" by the user, measured in the "air" or in the "head", or "none" found.

    Example:
        >>> NoiseLevel(3.0, 0.03, "air").source
        'air'
    """

    deviation: float = 0.0
    share: float = 0.0
    source: NoiseSource = "none"


def noise_level(data: Array3) -> NoiseLevel:
    """Estimate the noise of a magnitude image.

    Air has a Rayleigh distribution, whose median is 1.18 standard deviations. In the head all
    estimates take fine texture for noise, each in its way: the least eigenvalue of the covariance
    of patches, in 3 x 3 x 3 voxels and in each plane, and the local deviation of the quietest
    tenth. The least of them is an upper bound. It limits the estimate from the air, and where the
    air was masked it counts only from 2 % of the intensity scale.

    Args:
        data: Intensities, ``(i, j, k)``; air is about 0.

    Returns:
        The noise; ``NoiseLevel()`` where none was found, or where the head is too small.

    References:
        Gudbjartsson and Patz 1995, doi 10.1002/mrm.1910340618 (Rayleigh); Pyatykh 2013,
        doi 10.1109/TIP.2012.2221728 (eigenvalues of patches).

    Example:
        >>> from crossres.phantom import make_pair
        >>> from crossres.physics import add_rician_noise
        >>> still = make_pair(0, shape=(60, 68, 60), spacing=3.0)[1].data
        >>> noisy = add_rician_noise(still, 30.0, np.random.default_rng(0))
        >>> abs(noise_level(noisy).deviation - 30) < 3
        True
    """
    if data.min() == data.max():
        return NoiseLevel()
    scale = intensity_scale(data)
    head = brain_or_head_mask(data)
    inside = ndimage.binary_erosion(head, iterations=EROSION)
    if inside.sum() < LEAST_VOXELS:
        return NoiseLevel()
    most = _least_in(data, inside)
    air = data[~ndimage.binary_dilation(head, iterations=DILATION)]
    if len(air) >= LEAST_VOXELS and np.mean(air == 0) < MASKED:
        deviation = min(float(np.median(air) / _RAYLEIGH_MEDIAN), most)
        return NoiseLevel(deviation, deviation / scale, "air")
    return NoiseLevel(most, most / scale, "head") if most >= LEAST_IN_HEAD * scale else NoiseLevel()


def _least_in(data: Array3, inside: Mask3) -> float:
    """Return the least of several estimates inside the head."""
    shapes = [(3, 3, 3), (5, 5, 1), (5, 1, 5), (1, 5, 5)]
    found = [_least_eigenvalue(data, inside, shape) for shape in shapes]
    found += [_quietest(data, inside, plane) for plane in combinations(range(3), 2)]
    return min(each for each in found if np.isfinite(each))


def _least_eigenvalue(data: Array3, inside: Mask3, shape: tuple[int, int, int]) -> float:
    """Return the deviation along the direction in which patches vary least."""
    if any(n < size for n, size in zip(data.shape, shape, strict=True)):
        return np.inf
    patches = np.lib.stride_tricks.sliding_window_view(data, shape)
    centres = tuple(
        slice(size // 2, size // 2 + n) for size, n in zip(shape, patches.shape, strict=False)
    )
    where = np.argwhere(inside[centres])
    if len(where) < LEAST_VOXELS:
        return np.inf
    step = -(-len(where) // _MOST_PATCHES)
    chosen = patches[tuple(where[::step].T)].reshape(-1, int(np.prod(shape)))
    values = np.linalg.eigvalsh(np.cov(chosen.T.astype(np.float64)))
    return float(np.sqrt(max(values[0], 0)))


def _quietest(data: Array3, inside: Mask3, plane: tuple[int, int]) -> float:
    """Return the local deviation in the quietest tenth of the head, of second differences."""
    detail, size = data.astype(np.float64), [1, 1, 1]
    for axis in plane:
        detail = ndimage.convolve1d(detail, [1, -2, 1], axis=axis)
        size[axis] = 5
    local = ndimage.uniform_filter(np.square(detail / 6), size)[inside]
    return float(np.sqrt(np.percentile(local, _QUIET_PERCENT))) / _QUIET_RATIO
