"""Power spectra of lines inside the head, free of the edge of its mask."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import fft, ndimage

from crossres.types import Array3, Mask3, Triple
from crossres.volume import Volume, brain_or_head_mask

Numbers: TypeAlias = Float[np.ndarray, " n"]
Lines: TypeAlias = Float[np.ndarray, "lines _"]
Weights: TypeAlias = Float[np.ndarray, "_ _ _"]

FEWEST = 64
"""Voxels along an axis below which its spectrum has too few frequencies."""
ENOUGH = 500
"""Lines above which every fourth along both other axes is enough for the spectrum."""
EVERY = 2
"""The distance to the edge of the head is found on every second voxel."""
RIM, RAMP = 3.0, 10.0
"""Depth below which voxels do not count, and over which they do less, mm: the edge of a mask is no
detail of the scan, and would leak into all frequencies."""
LOWEST, BINS = 0.05, 48
"""Frequencies, in cycles per voxel, from which the shape of the head no longer matters."""
_LEAST = 1e-3
"""Share of the power that is left at least where the noise is subtracted."""


def mask_weights(volume: Volume) -> Weights:
    """Return weights that increase from 0 near the surface of the head to 1 inside.

    Args:
        volume: The scan.

    Returns:
        0 to 1, of every second voxel along each axis.
    """
    mask = brain_or_head_mask(volume.data)[(slice(None, None, EVERY),) * 3]
    i, j, k = volume.grid.spacing
    return depth_weights(mask, (EVERY * i, EVERY * j, EVERY * k), RAMP)


def depth_weights(mask: Mask3, spacing: Triple, ramp: float) -> Weights:
    """Return weights that are 0 within 3 mm of the surface of a mask, and increase smoothly to 1.

    Args:
        mask: ``(i, j, k)``; its field of view ends at a surface.
        spacing: mm.
        ramp: Depth over which they increase, mm.

    Returns:
        0 to 1, of the mask's shape.

    Example:
        >>> mask = np.ones((21, 21, 21), dtype=bool)
        >>> depth_weights(mask, (1.0, 1.0, 1.0), 5.0)[10, 10, [0, 10]].tolist()
        [0.0, 1.0]
    """
    depth = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
    share = np.clip((depth - RIM) / ramp, 0, 1)
    return np.asarray((share**2 * (3 - 2 * share)).astype(np.float32))


def spectrum_along(
    data: Array3, weights: Weights, axis: int, noise: float
) -> tuple[Numbers, Numbers] | None:
    """Return the mean power spectrum along one axis, of every fourth line along both others.

    Of every second one where these are less than 500.

    Args:
        data: Intensities, ``(i, j, k)``.
        weights: From :func:`mask_weights`.
        axis: 0, 1 or 2.
        noise: Standard deviation of the noise, whose power is subtracted.

    Returns:
        Frequencies in cycles per voxel, and the power in bins; None for axes of less than 64
        voxels, and where the head is too small or uniform.
    """
    count = data.shape[axis]
    if count < FEWEST:
        return None
    step = 2 if data.size / count > ENOUGH * (2 * EVERY) ** 2 else 1
    some = tuple(slice(None) if a == axis else slice(None, None, step) for a in range(3))
    lines = tuple(slice(None) if a == axis else slice(None, None, step * EVERY) for a in range(3))
    values = np.moveaxis(data[lines], axis, -1).reshape(-1, count)
    taper = _interpolated(np.moveaxis(weights[some], axis, -1).reshape(len(values), -1), count)
    used = taper.sum(axis=1) > FEWEST / 4
    if used.sum() < FEWEST:
        return None
    k, power = _spectrum(values[used], taper[used])
    if not 0 < power.max() < np.inf:
        return None
    return k, np.maximum(power - noise**2 * np.square(taper[used]).sum(), _LEAST * power)


def weighted_power(lines: Lines, weights: Lines, points: int | None = None) -> Numbers:
    """Return the power spectrum of weighted lines without their weighted means, as a sum over all.

    Args:
        lines: Intensities, one line a row.
        weights: Of the same shape, at least 0, not all 0 in any row.
        points: Length of the transform; that of the lines by default.

    Returns:
        Power at the frequencies of ``scipy.fft.rfftfreq``.

    Example:
        >>> flat = np.full((3, 8), 5.0)
        >>> float(weighted_power(flat, np.ones((3, 8))).max())
        0.0
    """
    mean = (lines * weights).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    spectra = fft.rfft((lines - mean) * weights, n=points, axis=1)
    return np.asarray(np.square(np.abs(spectra)).sum(axis=0))


def _interpolated(weights: Lines, count: int) -> Lines:
    """Return weights of every second voxel of a line at each voxel."""
    place = np.minimum(np.arange(count) / EVERY, weights.shape[1] - 1)
    left = place.astype(int)
    right = np.minimum(left + 1, weights.shape[1] - 1)
    return np.asarray(weights[:, left] + (place - left) * (weights[:, right] - weights[:, left]))


def _spectrum(lines: Lines, weights: Lines) -> tuple[Numbers, Numbers]:
    """Return frequencies (cycles per voxel) and mean power in bins."""
    power = weighted_power(lines, weights)
    k = fft.rfftfreq(lines.shape[1])
    where = np.digitize(k, np.linspace(LOWEST, 0.5, BINS + 1)[:-1]) - 1
    bins = [where == b for b in range(BINS) if (where == b).any()]
    pairs = [(k[b].mean(), power[b].mean()) for b in bins]
    frequency, level = np.array(pairs).T
    return frequency, np.maximum(level, 1e-12 * level.max())
