"""What a scan resolves along each axis, from its spectrum: blur, and zero-filling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Float

from crossres.physics.line_spectra import Numbers, mask_weights, spectrum_along
from crossres.physics.plane_profile import attenuation
from crossres.volume import Grid, Profile, Volume

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Parameters: TypeAlias = Float[np.ndarray, " p"]

LEAST_FACTOR = 1.2
"""Zero-filling that is reported: many scanners filter the last tenth of the spectrum."""
CLEARLY = 2.0
"""Blur that is reported, in widths of the voxels: heads differ in the decrease of their spectra,
and sharp scans reach 1.8 (``python -m studies.resolution``)."""

_BLUR = np.pi**2 / (2 * np.log(2))
_FLATTER = 0.5
"""Cost of the fit with a cut, as a share of that with a Gaussian, below which there is a cut."""
_TOPS = (0.35, 0.25, 0.18)
_GOOD_FIT = 0.25
"""Deviation above which a spectrum has lobes (interpolated slices): then the first one is fitted,
up to these frequencies."""
_LEAST_DROP = 3.0
"""Natural logarithm of the drop of power at a cut."""
_SLOPE, _SLOPE_WEIGHT = 1.9, 0.25
"""Power of the decrease of spectra of heads, and the weight of a deviation from it."""


@dataclass(frozen=True)
class AxisResolution:
    """What a scan resolves along one axis.

    Args:
        fwhm: Width of the blur, FWHM of a Gaussian with the same decrease of the spectrum, mm. None
            where it is not measurable: its standard error exceeds it.
        uncertainty: Its standard error, mm.
        zero_filling: Voxels per acquired sample, 1 where no interpolation by zero-filling is found;
            then ``fwhm`` is the width of the acquired samples.
        attenuation: How far the end of the spectrum lies below that of truncated k-space, dB.

    Example:
        >>> AxisResolution(0.84, 0.02, 1.4).zero_filling
        1.4
    """

    fwhm: float | None
    uncertainty: float
    zero_filling: float = 1.0
    attenuation: float = 0.0

    @property
    def description(self) -> str:
        """The width, and the zero-filling if there is any: "0.84 mm (zero-filled 1.40 times)".

        Of a width that is not measurable: "not measurable".
        """
        if self.fwhm is None:
            return "not measurable"
        filled = f" (zero-filled {self.zero_filling:.2f} times)" * (self.zero_filling > 1)
        return f"{self.fwhm:.2f} mm{filled}"


def resolution_of(volume: Volume, noise: float = 0.0) -> tuple[AxisResolution | None, ...]:
    """Measure what a scan resolves along each voxel axis.

    Power spectra of heads decrease as k^-1.9, and with a Gaussian blur by exp(-pi^2 w^2 k^2 /
    (2 ln 2)) more, down to the noise. Zero-filled ones end at the acquired frequencies instead.
    Both are fitted to the mean spectrum of lines inside the head.

    Args:
        volume: The scan.
        noise: Standard deviation of its noise; the power of that is subtracted.

    Returns:
        One for each axis; None for axes of less than 64 voxels, and where the head is too small or
        uniform.

    Example:
        >>> from crossres.phantom import make_pair
        >>> t2 = make_pair(0, shape=(120, 136, 40), spacing=1.5)[1]
        >>> i, j, k = resolution_of(t2)
        >>> i.zero_filling, k is None
        (1.0, True)
    """
    if volume.data.min() == volume.data.max():
        return None, None, None
    weights = mask_weights(volume)
    spectra = (spectrum_along(volume.data, weights, axis, noise) for axis in range(3))
    i, j, k = (
        None if found is None else _fitted(found[0], np.log(found[1]), spacing)
        for found, spacing in zip(spectra, volume.grid.spacing, strict=True)
    )
    return i, j, k


def clearly_wider(
    grid: Grid, found: tuple[AxisResolution | None, ...]
) -> dict[int, AxisResolution]:
    """Return the axes along which a scan resolves less than its voxels promise.

    Args:
        grid: Its grid.
        found: From :func:`resolution_of`.

    Returns:
        What was found, by number of the axis: zero-filling from 1.2, and blur that is twice as wide
        as the profile of the voxels by two standard errors.
    """
    return {
        axis: each
        for axis, each in enumerate(found)
        if each is not None
        and each.fwhm is not None
        and (each.zero_filling > 1 or each.fwhm - 2 * each.uncertainty > CLEARLY * grid.fwhm[axis])
    }


def resolved_grid(grid: Grid, found: tuple[AxisResolution | None, ...]) -> Grid:
    """Return a grid whose profiles are as wide as what the scan resolves.

    Args:
        grid: The grid of the scan.
        found: From :func:`resolution_of`.

    Returns:
        The grid; with its own profiles along axes that are not clearly wider.
    """
    wider = {axis: each.fwhm for axis, each in clearly_wider(grid, found).items()}
    i, j, k = (
        own if (width := wider.get(axis)) is None else Profile(width, own.shape)
        for axis, own in enumerate(grid.profiles)
    )
    return Grid(grid.shape, grid.affine, (i, j, k))


def resolution_notes(name: str, grid: Grid, found: tuple[AxisResolution | None, ...]) -> list[str]:
    """Return a warning of the axes along which a scan resolves less than its voxels promise.

    Args:
        name: Of the scan, such as "the guide".
        grid: Its grid.
        found: From :func:`resolution_of`.

    Returns:
        One sentence for all axes, or none.
    """
    parts = [
        f"{each.description} along its axis {'ijk'[axis]}, not the {grid.fwhm[axis]:.2f} mm of its "
        "voxels"
        for axis, each in clearly_wider(grid, found).items()
    ]
    return [f"{name} resolves {'; '.join(parts)}: it was blurred or interpolated"] * bool(parts)


def _fitted(k: Numbers, level: Numbers, spacing: float) -> AxisResolution:
    """Return the better of blur and cut."""
    blur, cut = _best_blur(k, level), _best_cut(k, level)
    _, _, _, middle, sharpness, drop = cut.x
    factor = float(0.5 / (middle - 1.5 * sharpness))
    if cut.cost < _FLATTER * blur.cost and drop >= _LEAST_DROP and factor >= LEAST_FACTOR:
        return AxisResolution(spacing * factor, spacing * factor * 0.05, factor)
    for top in _TOPS:
        if _deviation(blur) < _GOOD_FIT:
            break
        blur = _best_blur(k[k <= top], level[k <= top])
    width, error = float(np.sqrt(blur.x[2])), _standard_error(blur)
    # Within one standard error of 0 the spectrum is that of a head without any blur.
    known = spacing * width if error < width else None
    return AxisResolution(known, spacing * error, 1.0, attenuation(k, level))


def _best_blur(k: Numbers, level: Numbers) -> OptimizeResult:
    start, lowest = level[0] + 2 * np.log(k[0]), level.min()
    bounds = [(-np.inf, np.inf), (0.8, 3.5), (0, 100), (-np.inf, np.inf)]
    starts = ([start, _SLOPE, width, lowest - 1] for width in (0.3, 2.0, 5.0, 15.0))
    return min((_fit(k, level, _gaussian, each, bounds) for each in starts), key=_cost)


def _best_cut(k: Numbers, level: Numbers) -> OptimizeResult:
    start = level[0] + 2 * np.log(k[0])
    bounds = [(-np.inf, np.inf), (0.8, 3.5), (0, 1.5), (0.15, 0.47), (0.002, 0.02), (0, 20)]
    starts = ([start, _SLOPE, 0.3, cut, 0.01, 3.0] for cut in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45))
    return min((_fit(k, level, _with_cut, each, bounds) for each in starts), key=_cost)


def _cost(fit: OptimizeResult) -> float:
    return float(fit.cost)


def _deviation(fit: OptimizeResult) -> float:
    """Return the root mean square deviation of the logarithm of power."""
    return float(np.sqrt(np.square(fit.fun).mean()))


def _gaussian(k: Numbers, p: Parameters) -> Numbers:
    return np.asarray(np.logaddexp(p[0] - p[1] * np.log(k) - _BLUR * p[2] * k**2, p[3]))


def _with_cut(k: Numbers, p: Parameters) -> Numbers:
    below = 1 / (1 + np.exp(-np.clip((k - p[3]) / p[4], -50, 50)))
    return np.asarray(p[0] - p[1] * np.log(k) - _BLUR * p[2] * k**2 - p[5] * below)


def _fit(
    k: Numbers,
    level: Numbers,
    model: Callable[[Numbers, Parameters], Numbers],
    start: list[float],
    bounds: list[tuple[float, float]],
) -> OptimizeResult:
    """Fit a model of the logarithm of the power; the slope is held near that of heads."""
    from scipy.optimize import least_squares

    def away(p: Parameters) -> Float[np.ndarray, " _"]:
        return np.append(model(k, p) - level, _SLOPE_WEIGHT * (p[1] - _SLOPE))

    lower, upper = zip(*bounds, strict=True)
    return least_squares(away, start, bounds=(lower, upper), loss="soft_l1", f_scale=0.2)


def _standard_error(fit: OptimizeResult) -> float:
    """Return the standard error of the width, voxels."""
    variance = np.square(fit.fun).sum() / max(len(fit.fun) - len(fit.x), 1)
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * variance
    width = max(float(np.sqrt(fit.x[2])), 0.3)
    return float(np.sqrt(max(covariance[2, 2], 0))) / (2 * width)
