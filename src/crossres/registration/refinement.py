"""Refine a rigid motion by what lies inside the head, and estimate what is left of it.

Mutual information in the whole head is dominated by its outline. Where one mask cut out both scans,
the outline is that of the mask, whatever lies inside. Here only voxels further than ``RIM_MM``
inside take part, each compared with its neighbours alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int
from scipy import ndimage

from crossres.registration.local_correlation import Expansion, LocalCorrelation, Motion
from crossres.registration.resampling import resample, resolution_along
from crossres.registration.search import coarseness
from crossres.registration.transform import RigidTransform
from crossres.types import Mask3, Points
from crossres.volume import Grid, Volume, above_air, eroded

RIM_MM = 6.0
"""Voxels nearer than this to the outline of the head do not take part."""
FEWEST_INSIDE = 2000
"""Voxels inside below which nothing is refined."""

_FINEST_MM = 2.0
_GUIDE_STEPS = 2.0
_MOST_STEPS = 40
_LARGEST_STEP_MM = 2.0
_SMALLEST_STEP_MM = 0.01
_ARM_MM = 60.0
_DAMPING = (1e-3, 1e-4, 1e3)
_BLOCKS = 4
_FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))


@dataclass(frozen=True)
class Inside:
    """The alignment of guide and target inside the head.

    Args:
        local_correlation_before: Mean squared local correlation with the headers, 0-1.
        local_correlation_after: The same with the transform that is used.
        moved_mm: Mean displacement of the guide by that transform, mm.
        residual_mm: Estimate of the mean displacement that is left with that transform, mm.
        uncertainty_mm: Standard error of that estimate (jackknife over blocks of the head), mm.
    """

    local_correlation_before: float
    local_correlation_after: float
    moved_mm: float
    residual_mm: float
    uncertainty_mm: float

    def scaled(self, scale: float) -> Inside:
        """Return the same for a world of other units.

        Args:
            scale: Length of this world's unit in the other one.

        Returns:
            The same correlations, with lengths times the scale.
        """
        return replace(
            self,
            moved_mm=scale * self.moved_mm,
            residual_mm=scale * self.residual_mm,
            uncertainty_mm=scale * self.uncertainty_mm,
        )

    def unused(self) -> Inside:
        """Return the same for headers that are kept instead of the motion.

        Returns:
            The motion as residual.
        """
        return replace(
            self,
            local_correlation_after=self.local_correlation_before,
            moved_mm=0.0,
            residual_mm=self.moved_mm,
        )


@dataclass(frozen=True)
class Refinement:
    """A refined motion.

    Args:
        transform: From the target's world to the guide's.
        moved_mm: Mean displacement inside against the headers, mm.
        local_correlation: Mean squared local correlation with the headers and with ``transform``.
        uncertainty_mm: Standard error of the mean displacement, mm.
        steps: Steps of the optimiser.
    """

    transform: RigidTransform
    moved_mm: float
    local_correlation: tuple[float, float]
    uncertainty_mm: float
    steps: int

    def inside(self, *, used: bool) -> Inside:
        """Return the alignment inside.

        Args:
            used: Whether the transform is used; else the headers are kept.

        Returns:
            Correlations, residual and uncertainty.
        """
        inside = Inside(*self.local_correlation, self.moved_mm, 0.0, self.uncertainty_mm)
        return inside if used else inside.unused()


def refine(guide: Volume, target: Volume, starts: Sequence[RigidTransform]) -> Refinement | None:
    """Maximise the local correlation inside the head over rigid motions.

    The coarser of the two is compared on its own grid, no finer than 2 mm; the finer one has the
    slice profile of that grid. Levenberg-Marquardt from the start with the largest local
    correlation.

    Args:
        guide: Image that is moved.
        target: Image that stays; both of human size and without outliers, as
            :func:`~crossres.registration.normalisation.normalise` returns them.
        starts: Motions within a few mm of the solution, at least one.

    Returns:
        The refined motion; None where too little of the head lies deeper than ``RIM_MM``.

    Raises:
        RegistrationError: An image without contrast.
    """
    if coarseness(guide) > coarseness(target):
        found = refine(target, guide, [start.inverse() for start in starts])
        return None if found is None else replace(found, transform=found.transform.inverse())
    still = _comparable(target)
    inside = _inside(still)
    if np.count_nonzero(inside) < FEWEST_INSIDE:
        return None
    identity = RigidTransform.identity()
    unmoved = LocalCorrelation(still, _profiled(guide, still.grid, identity), inside)
    before = unmoved.at(np.zeros(6))
    candidates = [(identity, unmoved, before)]
    for start in starts:
        if not start.is_identity:
            both = LocalCorrelation(still, _profiled(guide, still.grid, start), inside)
            candidates.append((start, both, both.at(np.zeros(6))))
    start, both, expansion = max(candidates, key=lambda each: each[2].value)
    motion, expansion, steps = _maximised(both, expansion)
    transform = RigidTransform(start.matrix @ both.transform(motion).matrix)
    return Refinement(
        transform,
        _mean_displacement(transform, expansion.points),
        (before.value, max(before.value, expansion.value)),
        _uncertainty(expansion),
        steps,
    )


def _comparable(target: Volume) -> Volume:
    """Return the target, no finer than 2 mm."""
    i, j, k = (max(_FINEST_MM, spacing) for spacing in target.grid.spacing)
    return resample(target, target.grid.with_spacing((i, j, k)), interpolation="linear")


def _inside(target: Volume) -> Mask3:
    """Mark the voxels further than ``RIM_MM`` inside the head."""
    return eroded(
        np.asarray(ndimage.binary_fill_holes(above_air(target.data))), target.grid.spacing, RIM_MM
    )


def _profiled(guide: Volume, grid: Grid, start: RigidTransform) -> Volume:
    """Return the guide along the target's axes, blurred to the profile of the target's voxels."""
    own = resolution_along(guide.grid, grid, start)
    i, j, k = (
        max(coarse / _GUIDE_STEPS, min(coarse, fine))
        for coarse, fine in zip(grid.spacing, own, strict=True)
    )
    moved = resample(guide, grid.with_spacing((i, j, k)), start)
    resolved = np.maximum(own, moved.grid.fwhm)
    blur = np.sqrt(np.maximum(np.square(grid.fwhm) - np.square(resolved), 0))
    sigma = blur / _FWHM_PER_SIGMA / np.array(moved.grid.spacing)
    return moved.with_data(ndimage.gaussian_filter(moved.data, sigma, output=np.float32))


def _maximised(both: LocalCorrelation, expansion: Expansion) -> tuple[Motion, Expansion, int]:
    """Return the motion of the largest local correlation, the expansion there, and the steps."""
    damping, least, most = _DAMPING
    motion, steps = np.zeros(6), 0
    while steps < _MOST_STEPS and damping < most:
        step = expansion.step(damping)
        length = float(np.abs(step[:3]).max() + _ARM_MM * np.abs(step[3:]).max())
        proposed = both.moved(motion, step * min(1.0, _LARGEST_STEP_MM / max(length, 1e-9)))
        found, steps = both.at(proposed), steps + 1
        if found.value <= expansion.value:
            damping *= 10
            continue
        motion, expansion, damping = proposed, found, max(damping / 5, least)
        if length < _SMALLEST_STEP_MM:
            break
    return motion, expansion, steps


def _mean_displacement(transform: RigidTransform, points: Points) -> float:
    return float(np.linalg.norm(transform.apply(points) - points, axis=1).mean())


def _uncertainty(expansion: Expansion) -> float:
    """Return the standard error of the displacement inside, RMS over the points, mm.

    Jackknife: the last step is repeated without each of 4 x 4 x 4 blocks of the head.
    """
    blocks = _blocks(expansion.points)
    count = int(blocks.max()) + 1
    gradients = np.stack([expansion.gradients[blocks == b].sum(axis=0) for b in range(count)])
    hessians = np.stack([expansion.hessians[blocks == b].sum(axis=0) for b in range(count)])
    left = [
        np.linalg.lstsq(hessians.sum(axis=0) - h, gradients.sum(axis=0) - g, rcond=None)[0]
        for h, g in zip(hessians, gradients, strict=True)
    ]
    covariance = (count - 1) * np.cov(np.stack(left).T, bias=True)
    arms = expansion.points - expansion.points.mean(axis=0)
    turning = np.square(arms).sum(axis=1).mean() * np.eye(3) - arms.T @ arms / len(arms)
    variance = np.trace(covariance[:3, :3]) + np.sum(turning * covariance[3:, 3:])
    return float(np.sqrt(variance))


def _blocks(points: Points) -> Int[np.ndarray, " n"]:
    """Return the block of each point: quarters of the head along each axis, with equal counts."""
    block = np.zeros(len(points), dtype=np.int64)
    for axis in range(3):
        along = points[:, axis]
        edges = np.quantile(along, np.arange(1, _BLOCKS) / _BLOCKS)
        block = _BLOCKS * block + np.searchsorted(edges, along)
    return np.unique(block, return_inverse=True)[1]
