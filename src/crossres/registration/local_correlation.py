"""The local correlation of two images of one head, and how it changes with a rigid motion.

In a window of a few voxels two contrasts are related linearly, whatever their relation in the whole
head. The squared correlation in each window is the share of the target's variance that the guide
explains there. Its mean over all windows has its maximum where the fine structures coincide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy import ndimage
from scipy.spatial.transform import Rotation

from crossres.registration.transform import RigidTransform
from crossres.types import Array3, Mask3, Points
from crossres.volume import Volume

Motion = Float[np.ndarray, " 6"]
"""Translation in mm and rotation vector in radians, about the centre of the windows."""
Gradients = Float[np.ndarray, "n 6"]
Hessians = Float[np.ndarray, "n 6 6"]

WINDOW = 3
"""Side of a window in voxels of the target."""
_MARGIN = 2
_SMALL_SCALE = 0.03
"""Standard deviation in a window, as a share of the bright tissue, below which it counts less."""
_LEAST_VARIANCE = 1e-5
_LEAST_SHARE = 0.3
_BRIGHT_PERCENT = 95.0


@dataclass(frozen=True, eq=False)
class Expansion:
    """The mean squared local correlation at a motion, and its change to second order.

    Args:
        value: Mean squared correlation, 0-1.
        points: World points of the target that take part, mm.
        gradients: Contribution of each point to the gradient by the motion.
        hessians: Contribution of each point to the (negative, approximate) Hessian.
    """

    value: float
    points: Points
    gradients: Gradients
    hessians: Hessians

    def step(self, damping: float) -> Motion:
        """Return the damped Gauss-Newton step.

        Args:
            damping: Levenberg-Marquardt factor on the diagonal, above 0.

        Returns:
            The change of the motion.
        """
        hessian = self.hessians.sum(axis=0)
        damped = hessian + np.diag(damping * np.diag(hessian) + np.finfo(np.float32).tiny)
        step: Motion = np.linalg.lstsq(damped, self.gradients.sum(axis=0), rcond=None)[0]
        return step


@dataclass(frozen=True, eq=False)
class LocalCorrelation:
    """Target and guide, ready to be compared in windows of 3 x 3 x 3 voxels of the target.

    Args:
        target: The image that stays.
        guide: The other image, as blurred as the target, in the same world, on any grid.
        inside: The voxels of the target that take part.

    Raises:
        ValueError: No voxel takes part.

    References:
        Avants 2008, doi 10.1016/j.media.2007.06.004 (cross-correlation in windows).

    Example:
        >>> from crossres.volume import Grid
        >>> noise = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(16, 16, 16)), 1)
        >>> head = Volume(noise - noise.min(), Grid(noise.shape, np.eye(4)))
        >>> both = LocalCorrelation(head, head, np.ones(noise.shape, dtype=np.bool_))
        >>> 0.9 < both.at(np.zeros(6)).value <= 1
        True
    """

    target: Volume
    guide: Volume
    inside: Mask3
    _box: tuple[slice, slice, slice] = field(init=False)

    def __post_init__(self) -> None:
        places = np.argwhere(self.inside)
        if len(places) == 0:
            raise ValueError("`inside` must mark at least one voxel, got none")
        low = np.maximum(places.min(axis=0) - _MARGIN, 0)
        i, j, k = (slice(a, b) for a, b in zip(low, places.max(axis=0) + _MARGIN + 1, strict=True))
        object.__setattr__(self, "_box", (i, j, k))

    def transform(self, motion: Motion) -> RigidTransform:
        """Return a motion as a transform from the target's world to the guide's.

        Args:
            motion: Translation and rotation vector.

        Returns:
            The transform.
        """
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec(motion[3:]).as_matrix()
        matrix[:3, 3] = self._centre + motion[:3] - matrix[:3, :3] @ self._centre
        return RigidTransform(matrix)

    def moved(self, motion: Motion, step: Motion) -> Motion:
        """Return a motion followed by a small step.

        Args:
            motion: Translation and rotation vector.
            step: The change of both.

        Returns:
            The new motion.
        """
        rotation = Rotation.from_rotvec(step[3:]) * Rotation.from_rotvec(motion[3:])
        return np.concatenate([motion[:3] + step[:3], rotation.as_rotvec()])

    def displacement(self, motion: Motion) -> float:
        """Return how far the points inside move on average.

        Args:
            motion: Translation and rotation vector.

        Returns:
            mm.
        """
        points = self._points[self._inside.ravel()]
        moved = self.transform(motion).apply(points) - points
        return float(np.linalg.norm(moved, axis=1).mean())

    def at(self, motion: Motion) -> Expansion:
        """Return the local correlation at a motion.

        In each window w the target is regressed on the guide, ``y = a_w g + b_w``. The residuals
        over all windows, weighted by the inverse variance of the target, give the Gauss-Newton
        equations for the motion; a_w and b_w follow the motion (variable projection).

        Args:
            motion: Translation and rotation vector.

        Returns:
            The mean squared correlation and its expansion.
        """
        transform = self.transform(motion)
        guide, slopes = self._sampled(transform)
        mean = self._mean(guide)
        variance = self._mean(guide**2) - mean**2 + _LEAST_VARIANCE
        covariance = self._mean(guide * self._scaled) - mean * self._target_mean
        ratio = covariance / variance
        value = float((self._weight * covariance * ratio).sum() / np.count_nonzero(self._windows))
        intercept = self._target_mean - ratio * mean
        residual = (
            self._spread(ratio) * self._scaled
            - self._spread(ratio**2) * guide
            - self._spread(ratio * intercept)
        )
        slopes_mean = [self._mean(d) for d in slopes]
        with_guide = [
            self._mean(d * guide) - m * mean for d, m in zip(slopes, slopes_mean, strict=True)
        ]
        inside = self._inside
        curvature = np.empty((np.count_nonzero(inside), 3, 3), dtype=np.float32)
        for a in range(3):
            for b in range(a, 3):
                both = self._mean(slopes[a] * slopes[b]) - slopes_mean[a] * slopes_mean[b]
                both -= with_guide[a] * with_guide[b] / variance
                curvature[:, a, b] = curvature[:, b, a] = (self._weight * ratio**2 * both)[inside]
        force = np.stack([(d * residual)[inside] for d in slopes], axis=1)
        arms = (self._points[inside.ravel()] - self._centre) @ transform.matrix[:3, :3].T
        jacobian = _jacobian(arms.astype(np.float32))
        return Expansion(
            value=value,
            points=self._points[inside.ravel()],
            gradients=np.einsum("nai,na->ni", jacobian, force),
            hessians=np.einsum("nai,nab,nbj->nij", jacobian, curvature, jacobian, optimize=True),
        )

    def _mean(self, image: Array3) -> Array3:
        """Return the mean of an image over the part of each window that lies inside."""
        summed = ndimage.uniform_filter(image * self._inside, WINDOW, mode="constant")
        mean: Array3 = summed / self._share
        return mean

    def _spread(self, of_window: Array3) -> Array3:
        """Return, for each voxel, the weighted sum of a number of each window that it is in."""
        weighted = np.where(self._windows, self._weight * of_window / self._share, 0)
        spread: Array3 = ndimage.uniform_filter(weighted, WINDOW, mode="constant")
        return spread

    def _sampled(self, transform: RigidTransform) -> tuple[Array3, list[Array3]]:
        """Return the guide and its derivatives by R, A, S (per mm) at the moved points."""
        inverse = np.linalg.inv(self.guide.grid.affine)
        places = transform.apply(self._points) @ inverse[:3, :3].T + inverse[:3, 3]
        shape = self._scaled.shape
        cubic, slopes = self._splines
        guide = ndimage.map_coordinates(cubic, places.T, order=3, prefilter=False, mode="nearest")
        along = [ndimage.map_coordinates(d, places.T, order=1, mode="nearest") for d in slopes]
        return guide.reshape(shape), [d.reshape(shape) for d in along]

    @cached_property
    def _splines(self) -> tuple[Array3, list[Array3]]:
        """Return the spline coefficients of the guide, and its derivatives by R, A, S per mm."""
        scaled = _over_bright(self.guide.data, self.guide.data > 0)
        inverse = np.linalg.inv(self.guide.grid.affine)[:3, :3].astype(np.float32)
        slopes = list(np.tensordot(inverse.T, np.stack(np.gradient(scaled)), axes=1))
        return ndimage.spline_filter(scaled, order=3, output=np.float32), slopes

    @cached_property
    def _inside(self) -> Mask3:
        return self.inside[self._box]

    @cached_property
    def _scaled(self) -> Array3:
        return _over_bright(self.target.data[self._box], self._inside)

    @cached_property
    def _points(self) -> Points:
        """World points of all voxels of the box."""
        low = [axis.start for axis in self._box]
        indices = np.indices(self._inside.shape).reshape(3, -1).T + low
        affine = self.target.grid.affine
        points: Points = indices @ affine[:3, :3].T + affine[:3, 3]
        return points

    @cached_property
    def _centre(self) -> Float[np.ndarray, " 3"]:
        centre: Float[np.ndarray, " 3"] = self._points[self._inside.ravel()].mean(axis=0)
        return centre

    @cached_property
    def _share(self) -> Array3:
        """The share of each window that lies inside."""
        share = ndimage.uniform_filter(self._inside.astype(np.float32), WINDOW, mode="constant")
        least: Array3 = np.maximum(share, np.float32(0.5 / WINDOW**3))
        return least

    @cached_property
    def _windows(self) -> Mask3:
        return np.asarray(self._inside & (self._share > _LEAST_SHARE))

    @cached_property
    def _target_mean(self) -> Array3:
        return self._mean(self._scaled)

    @cached_property
    def _weight(self) -> Array3:
        """The inverse variance of the target in each window; 0 where there is none."""
        variance = np.maximum(self._mean(self._scaled**2) - self._target_mean**2, 0)
        weight: Array3 = np.where(self._windows, 1 / (variance + _SMALL_SCALE**2), 0)
        return weight.astype(np.float32)


def _over_bright(data: Array3, where: Mask3) -> Array3:
    """Return intensities over those of bright tissue."""
    bright = float(np.percentile(data[where], _BRIGHT_PERCENT)) if where.any() else 1.0
    scaled: Array3 = (data / max(bright, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled


def _jacobian(arms: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3 6"]:
    """Return the derivative of moved points by translation and rotation about the centre."""
    x, y, z = arms.T
    jacobian = np.zeros((len(arms), 3, 6), dtype=np.float32)
    jacobian[:, range(3), range(3)] = 1
    jacobian[:, 0, 4], jacobian[:, 0, 5] = z, -y
    jacobian[:, 1, 3], jacobian[:, 1, 5] = -z, x
    jacobian[:, 2, 3], jacobian[:, 2, 4] = y, -x
    return jacobian
