"""Similarity of two images of different contrast, and the part of one that the other covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import ndimage

from crossres.registration.resampling import field_of_view, resample
from crossres.registration.transform import RigidTransform
from crossres.types import Array3, Mask3
from crossres.volume import Grid, Volume, eroded, foreground_threshold

_COMPARISON_MM = 2.0
_BINS = 32
_BIN_RANGE_PERCENT = (0.5, 99.5)
_FEWEST_VOXELS = 1000
_DETAIL_SIGMA_MM = 3.0
_OUTLINE_MM = 4.0
_MOVE_MM = 6.0


def comparison_grid(grid: Grid) -> Grid:
    """Return the grid on which images are compared: that of the target, but no finer than 2 mm.

    Args:
        grid: Grid of the target.

    Returns:
        A grid of the same field of view.
    """
    i, j, k = (max(_COMPARISON_MM, d) for d in grid.spacing)
    return grid.with_spacing((i, j, k))


def overlap(target: Volume, guide: Volume, transform: RigidTransform | None = None) -> float:
    """Return the fraction of the target's head that lies within the guide's field of view.

    Args:
        target: Image whose foreground counts.
        guide: Image whose field of view counts; its intensities do not.
        transform: From the target's world to the guide's; None for the identity.

    Returns:
        0 (none) to 1 (all).

    Raises:
        RegistrationError: A target without contrast.
        VolumeError: A target with NaN or infinite voxels.
    """
    small = resample(target, comparison_grid(target.grid), interpolation="linear")
    head = small.data > foreground_threshold(target.data)
    covered = head & field_of_view(guide.grid, small.grid, transform)
    return float(covered.sum() / max(1, head.sum()))


def _binned(values: Float[np.ndarray, " n"]) -> NDArray[np.intp]:
    """Return the bin 0-31 of each value; the half per cent at each end is in the outer bins."""
    low, high = np.percentile(values, _BIN_RANGE_PERCENT).tolist()
    scaled = (values - low) / max(high - low, np.finfo(np.float32).tiny)
    bins: NDArray[np.intp] = np.clip(scaled * _BINS, 0, _BINS - 1).astype(np.intp)
    return bins


def _entropy(counts: NDArray[np.intp]) -> float:
    """Return the entropy in nats with the Miller-Madow correction for few samples."""
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum() + (p.size - 1) / (2 * counts.sum()))


def _normalised_mutual_information(a: Array3, b: Array3, where: Mask3) -> float:
    """Return (H(a) + H(b)) / H(a, b) from a 32 x 32 histogram of the voxels marked."""
    if where.sum() < _FEWEST_VOXELS:
        return 1.0
    joint = np.bincount(_binned(a[where]) * _BINS + _binned(b[where]), minlength=_BINS**2)
    sides = joint.reshape(_BINS, _BINS)
    both = _entropy(joint)
    return (_entropy(sides.sum(axis=1)) + _entropy(sides.sum(axis=0))) / both if both > 0 else 1.0


@dataclass(frozen=True)
class _Compared:
    """Target (a) and guide (b) on one coarse grid, and the head of each."""

    a: Array3
    b: Array3
    head_a: Mask3
    head_b: Mask3
    grid: Grid


def _compared(target: Volume, guide: Volume, transform: RigidTransform | None) -> _Compared:
    grid = comparison_grid(target.grid)
    a = resample(target, grid, interpolation="linear").data
    b = resample(guide, grid, transform, interpolation="linear").data
    covered = field_of_view(guide.grid, grid, transform)
    head_a = a > foreground_threshold(target.data)
    head_b = (b > foreground_threshold(guide.data)) & covered
    return _Compared(a, b, head_a, head_b, grid)


def similarity(target: Volume, guide: Volume, transform: RigidTransform | None = None) -> float:
    """Return the normalised mutual information of target and guide within the head.

    Both images are resampled (anti-aliased, linear) along the target's axes, at 2 mm or its
    spacing, whichever is coarser. Only voxels that are head in *both* count: air is alike in scans
    of any two people. Then ``(H(A) + H(B)) / H(A, B)`` with 32 bins per image between the 0.5th and
    99.5th percentiles, and Miller-Madow corrected entropies, so that unrelated images have about 1
    even where few voxels are shared.

    Args:
        target: Image that gives axes and spacing.
        guide: Image of another contrast (or the same).
        transform: From the target's world to the guide's; None for the identity.

    Returns:
        About 1 (nothing in common, or fewer than 1000 voxels shared) to 2 (one determines the
        other).

    Raises:
        RegistrationError: An image without contrast.
        VolumeError: An image with NaN or infinite voxels.

    References:
        Studholme, Hill and Hawkes 1999, An overlap invariant entropy measure of 3D medical image
        alignment, doi:10.1016/S0031-3203(98)00091-0; Miller 1955 for the correction.
    """
    both = _compared(target, guide, transform)
    return _normalised_mutual_information(both.a, both.b, both.head_a & both.head_b)


def _detail(data: Array3, head: Mask3, grid: Grid) -> Array3:
    """Return the data less their local mean within the head (Gaussian, sigma 3 mm)."""
    sigma = _DETAIL_SIGMA_MM / np.array(grid.spacing)
    mean = ndimage.gaussian_filter(np.where(head, data, 0), sigma)
    weight = ndimage.gaussian_filter(head.astype(np.float32), sigma)
    detail: Array3 = data - mean / np.maximum(weight, 1e-3)
    return detail


def distinctness(target: Volume, guide: Volume, transform: RigidTransform | None = None) -> float:
    """Return how much the similarity of the fine structures falls when the guide is moved by 6 mm.

    Two scans of one person agree in single sulci, and no longer do when moved; those of two people
    agree in large structures only, and lose little. The measure is the normalised mutual
    information (as in :func:`similarity`) of the images less their local means (sigma 3 mm), at
    least 4 mm inside the head, minus its mean over moves of about 6 mm (whole voxels of the
    comparison grid) to the six sides.

    Args:
        target: Image that gives axes and spacing.
        guide: Image of another contrast.
        transform: From the target's world to the guide's; None for the identity.

    Returns:
        About 0 (no loss: not aligned, or not of one person) to 1.

    Raises:
        RegistrationError: An image without contrast.
        VolumeError: An image with NaN or infinite voxels.
    """
    both = _compared(target, guide, transform)
    a, b = _detail(both.a, both.head_a, both.grid), _detail(both.b, both.head_b, both.grid)
    # At the outline of the head only the outline would be compared.
    in_a, in_b = (eroded(h, both.grid.spacing, _OUTLINE_MM) for h in (both.head_a, both.head_b))
    moved = []
    for axis, spacing in enumerate(both.grid.spacing):
        step = max(1, round(_MOVE_MM / spacing))
        for sign in (step, -step):
            shared = in_a & np.roll(in_b, sign, axis)
            moved.append(_normalised_mutual_information(a, np.roll(b, sign, axis), shared))
    return _normalised_mutual_information(a, b, in_a & in_b) - float(np.mean(moved))
