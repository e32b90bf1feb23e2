"""Register scans of one contrast: least squares of their intensities, which is fast and precise.

Two contrasts need mutual information or local correlation. Two scans of one contrast differ by a
factor and by the width of their slices alone: both are blurred to one width along every axis, and
Gauss-Newton steps find the motion, a smooth factor and an offset at once.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy.spatial.transform import Rotation

from crossres.registration.normalisation import Normalised, normalise
from crossres.registration.outliers import outlier_weights
from crossres.registration.rigid import register_rigid
from crossres.registration.transform import RigidTransform
from crossres.types import Mask3, Points, RegistrationError
from crossres.volume import Grid, Volume, foreground_mask

LIKELY = 0.95
"""Correlation inside the head that scans of one contrast of one subject reach."""
LEAST = 0.85
"""Correlation inside the head below which scans are refused. Half-empty and defaced scans of one
subject may lie between both, as may two contrasts or subjects (studies/HISTORY.md)."""
UNMOVED_MM = 0.05
"""Mean displacement below which a scan is not moved: it would be resampled for nothing."""

_COARSE_MM, _FINE_MM = 12.0, 4.0
_WIDER = 1.2
_MOST_STEPS = 30
_SMALLEST_STEP_MM = 2e-3
_LARGEST_STEP_MM = 1e3
_FEWEST = 500
_MOST = 50_000
_FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))
Values = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class SameContrast:
    """The rigid alignment of a scan with another one of the same contrast.

    Args:
        transform: From the world of the reference to that of the scan; the identity where it moves
            less than 0.05 mm.
        correlation_before: Correlation of intensities inside the head with the headers, at most 1,
            for the smooth factor that makes it largest.
        correlation: The same with the transform.
    """

    transform: RigidTransform
    correlation_before: float
    correlation: float


def register_same_contrast(
    moving: Volume,
    *,
    to: Volume,
    start: RigidTransform | None = None,
    search: bool = True,
    seed: int = 0,
) -> SameContrast:
    """Find the rigid motion between two scans of one contrast.

    Both are blurred to 12 mm, then to 4 mm or what the thicker slices need. Where the result of the
    headers correlates by less than 0.95, the search begins again from that of
    :func:`register_rigid`, and the better one is kept. Where no correlation is above that of the
    start, the start is the result.

    Args:
        moving: Scan that is moved; air is 0.
        to: The reference; air is 0.
        start: A transform that is known roughly, which is refined at 4 mm and no more; the headers
            by default.
        search: False trusts the headers: only their correlation is measured.
        seed: Seed of the second search.

    Returns:
        The transform, and correlations inside the head.

    Raises:
        RegistrationError: The scans have too little in common, or hardly overlap.

    References:
        Friston et al. 1995, doi 10.1002/hbm.460030303 (least squares of intensities, by
        Gauss-Newton steps).

    Example:
        >>> from crossres import make_pair
        >>> t2 = make_pair(0, shape=(40, 46, 36), spacing=5.0)[1]
        >>> register_same_contrast(t2, to=t2).transform.is_identity
        True
    """
    seen = normalise(moving, to)
    identity = RigidTransform.identity()
    level = _Level.of(seen.guide, seen.target, _FINE_MM)
    before = level.correlation(identity)
    if not search:
        return SameContrast(identity, before, before)
    begin = identity if start is None else start.scaled(1 / seen.scale)
    refined = level.refined(_coarse(seen, begin) if start is None else begin)
    found = max((begin, refined), key=level.correlation)
    after = level.correlation(found)
    if after < LIKELY and start is None:
        with suppress(RegistrationError):
            again = register_rigid(moving, to=to, seed=seed).transform.scaled(1 / seen.scale)
            again = level.refined(_coarse(seen, again))
            found = max((found, again), key=level.correlation)
            after = level.correlation(found)
    if after < LEAST and start is None:
        raise RegistrationError(
            f"two scans have too little in common after registration (correlation {after:.2f} "
            f"inside the head, {LEAST} needed); give scans of one contrast of one subject"
        )
    if found.displacement(seen.target.grid)[0] < UNMOVED_MM:
        return SameContrast(identity, before, before)
    return SameContrast(found.scaled(seen.scale), before, after)


def _coarse(seen: Normalised, start: RigidTransform) -> RigidTransform:
    """Return the transform that fits both scans at a width that larger motions need."""
    return _Level.of(seen.guide, seen.target, _COARSE_MM).refined(start)


@dataclass(frozen=True, eq=False)
class _Level:
    """Both scans at one width.

    Args:
        loose: The scan that is moved.
        points: Places inside the head of the reference, RAS+ mm.
        values: Its intensities there.
        slopes: Derivatives of these by a translation and a rotation about the centre, ``(n, 6)``.
        smooth: Polynomials of the place, for a field of the coils.
    """

    loose: Volume
    points: Points
    values: Values
    slopes: Float[np.ndarray, "n 6"]
    smooth: Float[np.ndarray, "n 10"]

    @classmethod
    def of(cls, moving: Volume, to: Volume, width: float) -> _Level:
        width = max(width, _WIDER * max(*moving.grid.fwhm, *to.grid.fwhm))
        still = _blurred(to, width)
        inside = _thinned(foreground_mask(still.data))
        gradient = np.stack(np.gradient(still.data, *still.spacing), axis=-1)[inside]
        directions = still.affine[:3, :3] / np.array(still.spacing)
        gradient = gradient.astype(np.float64) @ np.linalg.inv(directions)
        points = np.argwhere(inside) @ still.affine[:3, :3].T + still.affine[:3, 3]
        turned = np.cross(points - points.mean(axis=0), gradient)
        values = still.data[inside].astype(np.float64)
        slopes = np.hstack([gradient, turned])
        return cls(_blurred(moving, width), points, values, slopes, _smooth(points))

    def refined(self, transform: RigidTransform) -> RigidTransform:
        """Return the transform after Gauss-Newton steps, or before the first that diverges."""
        for _ in range(_MOST_STEPS):
            found, inside = self._sampled(transform)
            if np.count_nonzero(inside) < _FEWEST:
                return transform
            seen = (self.slopes[inside], self.smooth[inside], self.values[inside])
            step = _step(*seen, found[inside])
            mm = np.abs(step * [1, 1, 1, 60, 60, 60]).max()
            if not mm < _LARGEST_STEP_MM:
                break
            transform = RigidTransform(transform.matrix @ self._motion(step).inverse().matrix)
            if mm < _SMALLEST_STEP_MM:
                break
        return transform

    def correlation(self, transform: RigidTransform) -> float:
        """Return the correlation of both scans inside the head, for the best smooth factor."""
        found, inside = self._sampled(transform)
        found = found[inside]
        if len(found) < _FEWEST or not found.std() > 0:
            return 0.0
        columns = self.values[inside][:, None] * self.smooth[inside]
        columns = np.column_stack([columns, np.ones(len(found))])
        fitted = columns @ np.linalg.lstsq(columns, found, rcond=None)[0]
        return float(np.corrcoef(found, fitted)[0, 1]) if fitted.std() > 0 else 0.0

    def _sampled(self, transform: RigidTransform) -> tuple[Values, Bool[np.ndarray, " n"]]:
        """Return the moved scan at the points, and where it has any value."""
        to_index = np.linalg.inv(self.loose.affine)
        index = transform.apply(self.points) @ to_index[:3, :3].T + to_index[:3, 3]
        within = (index >= 0) & (index <= np.array(self.loose.shape) - 1)
        found = ndimage.map_coordinates(self.loose.data, index.T, order=1, mode="nearest")
        return found, np.all(within, axis=1)

    def _motion(self, step: Float[np.ndarray, " 6"]) -> RigidTransform:
        """Return the rigid motion of a step, about the centre of the points."""
        centre = self.points.mean(axis=0)
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec(step[3:]).as_matrix()
        matrix[:3, 3] = centre + step[:3] - matrix[:3, :3] @ centre
        return RigidTransform(matrix)


def _thinned(mask: Mask3) -> Mask3:
    """Return a mask with at most 50 000 of its voxels, evenly spread."""
    thinned: Mask3 = mask.copy()
    marked = np.flatnonzero(mask)
    thinned.flat[np.delete(marked, slice(None, None, -(-len(marked) // _MOST) or 1))] = False
    return thinned


def _smooth(points: Points) -> Float[np.ndarray, "n 10"]:
    """Return the polynomials up to the second degree at the points, the constant first."""
    x = (points - points.mean(axis=0)) / np.abs(points - points.mean(axis=0)).max()
    pairs = itertools.combinations_with_replacement(range(3), 2)
    squares = [x[:, a] * x[:, b] for a, b in pairs]
    return np.column_stack([np.ones(len(x)), x, *squares])


def _step(
    slopes: Float[np.ndarray, "n 6"],
    smooth: Float[np.ndarray, "n 10"],
    values: Values,
    found: Values,
) -> Float[np.ndarray, " 6"]:
    """Return the motion that explains the difference best, beside a smooth factor and an offset.

    Differences of more than two robust deviations count less. Where both images have nothing in
    common, it is not finite.
    """
    columns = np.hstack([slopes, values[:, None] * smooth, np.ones((len(values), 1))])
    weights = np.ones(len(values))
    for _ in range(2):
        weighted = columns * weights[:, None]
        solved = np.linalg.lstsq(weighted.T @ columns, weighted.T @ found, rcond=None)[0]
        weights = outlier_weights(found - columns @ solved)
    with np.errstate(divide="ignore", invalid="ignore"):
        step: Float[np.ndarray, " 6"] = solved[:6] / solved[6]
    return step


def _blurred(volume: Volume, width: float) -> Volume:
    """Return the scan at one width along all axes, with about two samples for each."""
    missing = np.sqrt(np.maximum(width**2 - np.square(volume.grid.fwhm), 0))
    sigma = missing / _FWHM_PER_SIGMA / np.array(volume.spacing)
    data = ndimage.gaussian_filter(volume.data, sigma, mode="nearest", truncate=3)
    steps = [max(1, int(width / 2 / d)) for d in volume.spacing]
    i, j, k = (slice(None, None, n) for n in steps)
    affine = volume.affine @ np.diag([*steps, 1.0])
    data = data[i, j, k]
    return Volume(data, Grid(data.shape, affine))
