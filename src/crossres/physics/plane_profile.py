"""The profile of voxels in the plane: averages over a Gaussian, or truncated k-space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import fft

from crossres.physics.line_spectra import Numbers
from crossres.physics.volumes import acquire_volume
from crossres.types import Array3, Mask3
from crossres.volume import Profile, Volume, at_centres, background_of

LOW, HIGH, LAST = (0.08, 0.25), (0.38, 0.44), 0.44
"""Frequencies, in cycles per voxel: of the fit, and at the end of the spectrum."""
_SLOPE, _SHRINKAGE = 1.9, 0.68
"""Decrease of spectra of heads, and how far a fitted one counts as less."""
_CUT = 0.6
"""Drop of the logarithm of power between the last two bands from which k-space was filtered."""
_DECIBELS = 10 / np.log(10)


def attenuation(k: Numbers, level: Numbers) -> float:
    """Return how far the end of a spectrum lies below that of truncated k-space.

    A Gaussian as wide as the voxel leaves 17 % of the power at half a cycle per voxel, and as much
    again is aliased there: 5 dB are missing, and the spectrum flattens. Truncated k-space leaves
    all of it. A filter of k-space ends it steeply, which does not count as attenuation.

    Args:
        k: Frequencies, cycles per voxel.
        level: Natural logarithm of the power.

    Returns:
        dB, 0 for a spectrum that decreases as that of heads, or ends steeply.

    Example:
        >>> k = np.linspace(0.05, 0.5, 40)
        >>> bool(abs(attenuation(k, -1.9 * np.log(k))) < 1e-9)
        True
    """
    low = (k > LOW[0]) & (k < LOW[1])
    slope, start = np.polyfit(np.log(k[low]), level[low], 1)
    above = level - start - slope * np.log(k)
    last = float(above[k > LAST].mean())
    if last - above[(k > HIGH[0]) & (k <= HIGH[1])].mean() < -_CUT:
        return 0.0
    return float(-_DECIBELS * (last + _SHRINKAGE * (slope + _SLOPE)))


def apodise(volume: Volume) -> Volume:
    """Return a band-limited scan with Gaussian voxels: k-space times the transform of a Gaussian.

    Args:
        volume: The scan; only axes whose profile is band-limited change.

    Returns:
        The scan, 0 where it was exactly 0; its profiles are Gaussians as wide as the voxel along
        these axes.

    Example:
        >>> from crossres.volume import Grid
        >>> sharp = Profile(1.0, "band-limited")
        >>> grid = Grid((8, 8, 4), np.eye(4), (sharp, Profile(), Profile()))
        >>> apodise(Volume(np.ones(grid.shape), grid)).data.max().round(6)
        np.float32(1.0)
    """
    data, profiles = volume.data, list(volume.grid.profiles)
    for axis, profile in enumerate(profiles):
        if profile.shape == "band-limited":
            profiles[axis] = Profile()
            data = _filtered(data, axis)
    if data is volume.data:
        return volume
    grid = replace(volume.grid, profiles=(profiles[0], profiles[1], profiles[2]))
    return volume.with_data(_admissible(data, volume.data == 0, float(volume.data.min())), grid)


def acquired_samples(volume: Volume, sizes: Mapping[int, int]) -> Volume:
    """Return a scan that was interpolated by zero-filling, on the grid of its acquired samples.

    Args:
        volume: The scan.
        sizes: Acquired samples by number of the axis, fewer than its voxels.

    Returns:
        The scan with band-limited profiles along these axes, same field of view, the same air and
        padding; empty where the voxels at the centres of the samples were.

    Raises:
        GridError: An axis gets finer.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres.volume import Grid
        >>> acquired_samples(Volume(np.ones((8, 8, 4)), Grid((8, 8, 4), np.eye(4))), {0: 4}).shape
        (4, 8, 4)
    """
    i, j, k = (sizes.get(axis, size) for axis, size in enumerate(volume.shape))
    grid = volume.grid.with_shape((i, j, k))
    profiles = list(grid.profiles)
    for axis in sizes:
        profiles[axis] = Profile(math.nan, "band-limited")
    background = background_of(volume.data)
    scan = background.removed(volume)
    found = acquire_volume(scan, replace(grid, profiles=(profiles[0], profiles[1], profiles[2])))
    empty = at_centres(scan.data == 0, found.shape)
    data = _admissible(found.data, empty, float(scan.data.min()))
    return background.restored(found.with_data(data), volume)


def _admissible(data: Array3, empty: Mask3, least: float) -> Array3:
    """Return data that are 0 where nothing was scanned, of magnitude images nowhere else."""
    if least >= 0:
        data = np.maximum(data, np.finfo(np.float32).tiny)
    return np.where(empty, 0, data).astype(np.float32)


def _filtered(data: Array3, axis: int) -> Array3:
    """Return data times the transform of a Gaussian of one voxel, in the basis of cosines."""
    count = data.shape[axis]
    transform = np.exp(-((np.pi * np.arange(count) / (2 * count)) ** 2) / (4 * np.log(2)))
    shape = [-1 if a == axis else 1 for a in range(3)]
    spectrum = fft.dct(data, axis=axis) * transform.reshape(shape).astype(np.float32)
    return np.asarray(fft.idct(spectrum, axis=axis))
