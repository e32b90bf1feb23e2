"""The thickness of slices from the scan itself: spectra across them and within them, compared."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.physics.axes import Axis, profile_matrix
from crossres.physics.line_spectra import Lines, Weights, depth_weights, weighted_power
from crossres.types import Array3
from crossres.volume import Profile, Volume, brain_or_head_mask, slice_axis

Levels: TypeAlias = Float[np.ndarray, " bins"]

FEWEST = 16
"""Slices below which their spectrum has too few frequencies."""
RANGE = (0.4, 2.3)
"""Thickness in distances of the slices, between which it is searched."""
LARGEST_MISFIT = 0.2
"""Deviation between both logarithms of power at the thickness found, above which it is not used."""
LEAST_RATIO = 1.5
"""Distance of the slices over the voxels of the plane, below which these show no finer detail."""
RAMP = 15.0
"""Depth over which voxels count less, mm."""
_EVERY = 4
_POINTS, _BINS, _LEVEL = 64, np.append(np.linspace(0.1, 0.5, 9)[:-1], 0.51), 2
"""Frequencies in cycles per slice: the two lowest bins set the level of both spectra."""
_TOLERANCE = 0.02


def slice_thickness_of(volume: Volume, axis: int | None = None) -> float | None:
    """Measure the width of the slice profile by comparing spectra across and within the slices.

    The anatomy is taken to be as fine along all directions. Lines in the plane are blurred by a
    Gaussian and sampled at the distance of the slices, so that they are aliased as these are. The
    width at which both spectra agree is that of the slices. As the slices themselves average
    across the lines in the plane, lines across are averaged in the plane alike.

    Args:
        volume: The scan; air is 0.
        axis: The axis across the slices, by default :func:`crossres.volume.slice_axis`.

    Returns:
        FWHM of the Gaussian, mm; None for less than 16 slices, for slices that are not thicker than
        the voxels of the plane, or where the spectra differ in shape.

    References:
        Han et al. 2021, arXiv 2104.00100 (patches of the plane, blurred, are like those across).

    Example:
        >>> from crossres.phantom import make_pair
        >>> t2 = make_pair(101, shape=(60, 70, 60), spacing=3.0)[1]
        >>> slice_thickness_of(t2) is None
        True
    """
    from scipy.optimize import brentq  # loads much: not needed to read a scan

    axis = slice_axis(volume.grid) if axis is None else axis
    distance = volume.grid.spacing[axis]
    plane = [a for a in range(3) if a != axis]
    wide = max(volume.grid.spacing[a] for a in plane)
    if volume.shape[axis] < FEWEST or distance < LEAST_RATIO * wide:
        return None
    if volume.data.min() == volume.data.max():
        return None
    weights = depth_weights(brain_or_head_mask(volume.data), volume.grid.spacing, RAMP)

    def difference(width: float) -> Levels:
        return _difference(volume, weights, axis, width)

    least, most = (bound * distance for bound in RANGE)
    if not difference(least).mean() < 0 < difference(most).mean():
        return None
    found = brentq(lambda width: difference(width).mean(), least, most, rtol=_TOLERANCE)
    deviation = np.sqrt(np.square(difference(found)).mean())
    return float(found) if deviation < LARGEST_MISFIT else None


def _difference(volume: Volume, weights: Weights, axis: int, width: float) -> Levels:
    """Return by how much the logarithm of power across exceeds that in the plane, at high k."""
    across, within = [], []
    for a in range(3):
        if a != axis:
            across.append(_across(volume, weights, axis, a, width))
            within.append(_within(volume, weights, axis, a, width))
    levels = np.log(np.mean(across, axis=0)) - np.log(np.mean(within, axis=0))
    return np.asarray((levels - levels[:_LEVEL].mean())[_LEVEL:])


def _across(volume: Volume, weights: Weights, axis: int, averaged: int, width: float) -> Levels:
    """Return the spectrum of lines across the slices, averaged along one axis of the plane."""
    (other,) = {0, 1, 2} - {axis, averaged}
    some = tuple(slice(None, None, _EVERY if a == other else 1) for a in range(3))
    sigma = width / volume.grid.spacing[averaged] / np.sqrt(8 * np.log(2))
    data = ndimage.gaussian_filter1d(volume.data[some], sigma, axis=averaged)
    few = tuple(slice(None, None, _EVERY if a == averaged else 1) for a in range(3))
    return _spectrum(_lines(data[few], axis), _lines(weights[some][few], axis))


def _within(volume: Volume, weights: Weights, axis: int, along: int, width: float) -> Levels:
    """Return the spectrum of lines in the plane, as slices along them would show it."""
    (other,) = {0, 1, 2} - {axis, along}
    some = tuple(slice(None, None, _EVERY if a == other else 1) for a in range(3))
    extent, distance = volume.grid.extent[along], volume.grid.spacing[axis]
    count = volume.shape[along]
    matrices = (
        profile_matrix(Axis(count, max(round(extent / distance), 1), extent, Profile(fwhm)))
        for fwhm in (width, distance)
    )
    lines = (_lines(data[some], along) for data in (volume.data, weights))
    seen = [line @ matrix.T for line, matrix in zip(lines, matrices, strict=True)]
    return _spectrum(seen[0], seen[1])


def _lines(data: Array3, axis: int) -> Lines:
    return np.moveaxis(data, axis, -1).reshape(-1, data.shape[axis])


def _spectrum(lines: Lines, weights: Lines) -> Levels:
    """Return the mean power in bins, per weight; nan where the head fills too few lines."""
    used = weights.sum(axis=1) > _EVERY
    if used.sum() < FEWEST:
        return np.full(len(_BINS) - 1, np.nan)
    lines, weights = lines[used], weights[used]
    power = weighted_power(lines, weights, _POINTS)
    where = np.digitize(np.arange(len(power)) / _POINTS, _BINS)
    levels = [power[where == n].mean() for n in range(1, len(_BINS))]
    return np.asarray(np.maximum(levels / np.square(weights).sum(), np.finfo(np.float32).tiny))
