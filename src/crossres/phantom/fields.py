"""Smooth random fields in world millimetres, and cubic interpolation from coarse lattices.

A field is fixed by its seed alone and can be evaluated anywhere: the field is the
same on every grid, however fine it is and however small a part of the head it covers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.types import Array3

HALF_WIDTH = 140.0
"""Fields are defined for -HALF_WIDTH to HALF_WIDTH mm along each axis, and constant beyond."""

Axes: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Coordinates in mm along i, j and k, one 1-D array each."""
Lattice: TypeAlias = Float[np.ndarray, "p q r"]
"""Values at the knots of a lattice."""


def open_mesh(axes: Axes) -> Axes:
    """Return the axes in shapes that broadcast.

    Args:
        axes: Coordinates along i, j and k.

    Returns:
        The same numbers, ``(i, 1, 1)``, ``(1, j, 1)`` and ``(1, 1, k)``.
    """
    x, y, z = axes
    return x[:, None, None], y[None, :, None], z[None, None, :]


def _b_spline(distance: np.ndarray) -> np.ndarray:
    """Evaluate the cubic B-spline at a distance in knots (smooths, never overshoots)."""
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far)


def _keys(distance: np.ndarray) -> np.ndarray:
    """Evaluate the interpolating cubic kernel of Keys 1981, doi 10.1109/TASSP.1981.1163711."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))


def _separable(
    values: Lattice, knots: Axes, axes: Axes, kernel: Callable[[np.ndarray], np.ndarray]
) -> Array3:
    weights, parts = [], []
    for points, knot in zip(axes, knots, strict=True):
        step = knot[1] - knot[0]
        first, last = np.searchsorted(knot, (points.min() - 2 * step, points.max() + 2 * step))
        parts.append(slice(int(first), int(last) + 1))
        distance = np.abs(points[:, None] - knot[parts[-1]]) / step
        weights.append(kernel(distance).astype(np.float32))
    wx, wy, wz = weights
    near = values[tuple(parts)].astype(np.float32, copy=False)
    result: Array3 = (wy @ np.tensordot(wx, near, 1)) @ wz.T
    return result


def interpolate(values: Lattice, knots: Axes, axes: Axes) -> Array3:
    """Interpolate between the knots of a lattice (cubic, exact at the knots).

    Args:
        values: At the knots, ``(p, q, r)``.
        knots: Coordinates of the knots, evenly spaced; they reach two steps beyond the points.
        axes: Coordinates of the points.

    Returns:
        Values at the points, ``(i, j, k)``, float32.

    References:
        Keys 1981, doi 10.1109/TASSP.1981.1163711.
    """
    return _separable(values, knots, axes, _keys)


@dataclass(frozen=True, eq=False)
class Field:
    """A random field: cubic B-spline coefficients on a cubic lattice around the origin.

    Args:
        coefficients: ``(n, n, n)``, about unit variance once evaluated.
        step: Distance between knots, mm.
    """

    coefficients: Lattice
    step: float

    @property
    def _knots(self) -> np.ndarray:
        count = self.coefficients.shape[0]
        knots: np.ndarray = (np.arange(count) - (count - 1) / 2) * self.step
        return knots

    def on(self, axes: Axes) -> Array3:
        """Evaluate on rectilinear points.

        Args:
            axes: Coordinates along i, j and k, mm.

        Returns:
            ``(i, j, k)``, float32.
        """
        x, y, z = (np.clip(a, -HALF_WIDTH, HALF_WIDTH) for a in axes)
        return _separable(self.coefficients, (self._knots,) * 3, (x, y, z), _b_spline)

    def at(self, points: np.ndarray) -> np.ndarray:
        """Evaluate at scattered points.

        Args:
            points: mm, ``(3, ...)``.

        Returns:
            ``(...)``.
        """
        index = (np.clip(points, -HALF_WIDTH, HALF_WIDTH) - self._knots[0]) / self.step
        value: np.ndarray = ndimage.map_coordinates(
            self.coefficients, index, order=3, prefilter=False, mode="nearest"
        )
        return value


def _white(rng: np.random.Generator, step: float) -> Lattice:
    count = int(np.ceil(2 * HALF_WIDTH / step)) + 5
    noise: Lattice = rng.standard_normal((count, count, count), dtype=np.float32)
    return noise


def smooth_field(rng: np.random.Generator, step: float) -> Field:
    """Draw a field of about unit variance.

    Args:
        rng: Source of randomness.
        step: Smallest length over which it varies, mm.

    Returns:
        The field.
    """
    # White coefficients lose variance to the B-spline: 0.479 per axis, on average.
    return Field(_white(rng, step) / np.float32(0.479**1.5), step)


def wave_field(rng: np.random.Generator, wavelength: float, *, bandwidth: float = 0.15) -> Field:
    """Draw a field of waves in every direction, all of about ``wavelength`` mm.

    Its zero set is a labyrinth of smooth sheets half a wavelength apart, much as sulci are.

    Args:
        rng: Source of randomness.
        wavelength: mm.
        bandwidth: Standard deviation of the wavenumber, relative to its mean.

    Returns:
        The field, of unit variance.
    """
    step = wavelength / 4
    noise = _white(rng, step)
    waves = [np.fft.fftfreq(n, step) for n in noise.shape[:2]] + [
        np.fft.rfftfreq(noise.shape[2], step)
    ]
    wx, wy, wz = open_mesh((waves[0], waves[1], waves[2]))
    offset = (np.sqrt(wx**2 + wy**2 + wz**2) * wavelength - 1) / bandwidth
    noise = np.fft.irfftn(
        np.fft.rfftn(noise) * np.exp(-(offset**2) / 2), s=noise.shape, axes=(0, 1, 2)
    )
    return Field((noise / noise.std()).astype(np.float32), step)
