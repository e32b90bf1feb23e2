"""Bring a target and its guide together: choose the fine grid, align the guide, put it there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossres.registration import (
    MIN_OVERLAP,
    Registration,
    RigidTransform,
    overlap,
    register_rigid,
    resample,
    resample_within_mask,
    share_mask,
)
from crossres.types import GridError, RegistrationError, SettingsError, Triple
from crossres.volume import Grid, Pair, Volume

LARGEST_FACTOR = 16.0
"""Beyond this a factor is a slip of the pen rather than a wish."""

_SAME = 0.01
"""Factors this near to 1 are rounding in a header."""
_COARSER = 1.05
"""A spacing this much above another counts as coarser."""
_COVERED = 0.98
"""Least share of the target's head that the guide should show."""


@dataclass(frozen=True, eq=False)
class Paired:
    """A pair ready for enhancing or learning, and how it came about.

    Args:
        pair: Target, fine grid, and the guide on it.
        registration: How the guide was aligned; None if it was taken as it lies.
        warnings: What the user should know, one sentence each.
        detail: The guide's own spacing along the target's axes in mm, before it was brought to the
            fine grid; None without a guide.
        unmoved: The guide as it came in; None without one.
        rim_kept: Whether the guide was moved but for the rim of a mask that it shares with the
            target (:mod:`crossres.registration.shared_mask`).
    """

    pair: Pair
    registration: Registration | None = None
    warnings: tuple[str, ...] = ()
    detail: Triple | None = None
    unmoved: Volume | None = None
    rim_kept: bool = False


def through_plane_axis(grid: Grid) -> int:
    """Return the voxel axis across the slices: the one whose spacing stands apart.

    The two axes of most similar spacing are the plane; where all three are alike (to 1 %), slices
    are axial: the axis nearest to S is across.
    """
    superior = grid.axis_order()[0][2]

    def unlike(axis: int) -> tuple[float, bool]:
        a, b = (d for n, d in enumerate(grid.spacing) if n != axis)
        return round(abs(math.log(a / b)), 2), axis != superior

    return min(range(3), key=unlike)


def fine_grid(
    target: Grid, *, factor: Sequence[float] | None = None, spacing: Sequence[float] | None = None
) -> Grid:
    """Return the grid that is wanted: same field of view, more voxels.

    Args:
        target: Grid of the scan.
        factor: Fine voxels per voxel of the scan: three numbers for i, j, k of the file, or one for
            the two axes in the plane (see :func:`through_plane_axis`).
        spacing: Instead of the factor: spacing in mm, three numbers, or one for every axis that is
            coarser.

    Raises:
        SettingsError: Not exactly one of factor and spacing, a wrong count of numbers, an axis that
            would get coarser or more than 16 times finer, or no axis that gets finer.

    Example:
        >>> fine_grid(Grid((60, 60, 20), np.diag([4.0, 4.0, 5.0, 1.0])), factor=(4,)).shape
        (240, 240, 20)
    """
    wanted = _wanted(target, factor, spacing)
    factors = tuple(1.0 if abs(f - 1) < _SAME else f for f in wanted)
    asked = f"factor {_text(wanted)}"
    asked = asked if spacing is None else f"spacing {_text(spacing)} mm, a {asked},"
    _check_range(factors, asked)
    fine = target.refined(factors)
    if fine.shape == target.shape:
        raise SettingsError(
            f"{asked} changes nothing (one factor is for the plane alone); give three numbers that "
            "make an axis finer, such as a factor of 4,4,1"
        )
    return fine


def pass_grids(coarse: Grid, fine: Grid) -> list[Grid]:
    """Return the grids by which slices lead from one grid to another: one, or two.

    Where all three axes get finer, the first has the fine voxels in the plane and the scan's
    across it. The other order was measured to be no better (docs/through-plane.md).
    """
    if any(n == m for n, m in zip(coarse.shape, fine.shape, strict=True)):
        return [fine]
    across = through_plane_axis(coarse)
    i, j, k = (coarse.shape[n] if n == across else fine.shape[n] for n in range(3))
    return [fine.with_shape((i, j, k)), fine]


def coarse_grid(reference: Grid, *, factor: Sequence[float]) -> Grid:
    """Return the grid of a scan ``factor`` times coarser, same field of view.

    Args:
        reference: Grid of the finer scan.
        factor: Three numbers for i, j, k, or one for the two axes in the plane.

    Raises:
        SettingsError: As :func:`fine_grid`.
    """
    factors = _per_axis(factor, reference)
    _check_range(factors, f"factor {_text(factors)}")
    coarse = reference.coarsened(factors)
    if coarse.shape == reference.shape:
        raise SettingsError(
            f"factor {_text(factors)} changes nothing; give a factor above 1, such as 2,2,1"
        )
    return coarse


def pair_up(
    target: Volume, guide: Volume | None, fine: Grid, *, register: bool = True, seed: int = 0
) -> Paired:
    """Align the guide with the target and bring it, anti-aliased, to the fine grid.

    Args:
        target: The contrast to sharpen.
        guide: The other contrast, anywhere in the same world; None for unguided work.
        fine: The grid wanted, from :func:`fine_grid`.
        register: Whether to search for a rigid motion between the two; where nothing is gained by
            one the headers are kept as they are. Where one mask cut out both, its rim stays.
        seed: Of the registration's random samples.

    Raises:
        GridError: The guide is coarser than the target along an axis that is to become finer.
        RegistrationError: Guide and target do not overlap, or have too little in common.
    """
    if guide is None:
        return Paired(Pair(target, fine))
    notes = _resolution_notes(guide.grid, target.grid, fine)
    registration = register_rigid(guide, to=target, seed=seed) if register else None
    notes += [] if register else _frame_notes(target, guide)
    covered = overlap(target, guide) if registration is None else registration.overlap
    notes += _coverage_notes(covered)
    transform = RigidTransform.identity() if registration is None else registration.transform
    rim_kept = not transform.is_identity and share_mask(target, guide)
    bring = resample_within_mask if rim_kept else resample
    pair = Pair(target, fine, bring(guide, fine, transform))
    detail = _spacing_along(guide.grid, target.grid)
    return Paired(pair, registration, tuple(notes), detail, guide, rim_kept)


def _frame_notes(target: Volume, guide: Volume) -> list[str]:
    """Warn where headers that are to be trusted speak of two different worlds."""
    frames, spaces = {target.frame, guide.frame}, {target.space, guide.space}
    apart = len(frames) == 2 and None not in frames
    apart |= len(spaces) == 2 and not spaces & {"unknown", "aligned"}
    told = "headers do not share a frame of reference; without registration the guide may lie "
    return [f"{told}elsewhere: leave --no-register out"] * apart


def _wanted(
    target: Grid, factor: Sequence[float] | None, spacing: Sequence[float] | None
) -> Triple:
    """Return the factor per axis, from whichever was given."""
    if factor is not None and spacing is None:
        return _per_axis(factor, target)
    if spacing is None or factor is not None:
        given = "neither factor nor spacing was given" if factor is None else "both were given"
        raise SettingsError(f"{given}; give either a factor, such as 4,4,1, or a spacing in mm")
    if len(spacing) == 1:
        spacing = [d if d < spacing[0] * _COARSER else spacing[0] for d in target.spacing]
    sizes = _three(spacing)
    if not all(math.isfinite(d) and d > 0 for d in sizes):
        raise SettingsError(f"spacing {_text(sizes)} must be above 0 mm; give such as 1,1,4")
    x, y, z = (d / size for d, size in zip(target.spacing, sizes, strict=True))
    return (x, y, z)


def _per_axis(factor: Sequence[float], grid: Grid) -> Triple:
    """Return three factors; a single one is meant for the plane."""
    if len(factor) == 1:
        across = through_plane_axis(grid)
        factor = [1.0 if n == across else factor[0] for n in range(3)]
    return _three(factor)


def _three(values: Sequence[float]) -> Triple:
    if len(values) != 3:
        raise SettingsError(
            f"wanted three numbers (voxel axes i, j, k) or one (in the plane), got {len(values)}; "
            "give such as 4,4,1"
        )
    x, y, z = values
    return (float(x), float(y), float(z))


def _check_range(factors: Sequence[float], asked: str) -> None:
    if not all(1 <= f <= LARGEST_FACTOR for f in factors):
        raise SettingsError(
            f"{asked} is out of range; give a factor of 1 (unchanged) to {LARGEST_FACTOR:g} "
            "per axis, above 1 where voxels shall change, such as 4,4,1"
        )


def _text(values: Sequence[float]) -> str:
    return ",".join(f"{value:.4g}" for value in values)


def _resolution_notes(guide: Grid, target: Grid, fine: Grid) -> list[str]:
    """Compare what the guide resolves along the axes that get finer; refuse a coarser guide."""
    changed = [n for n in range(3) if fine.shape[n] > target.shape[n]]
    resolved = _spacing_along(guide, target)
    for n in changed:
        if resolved[n] > _COARSER * target.spacing[n]:
            raise GridError(
                f"the guide is coarser than the target along axis {'ijk'[n]} ({resolved[n]:.2f} mm "
                f"against {target.spacing[n]:.2f} mm); give a finer guide, or enhance without one"
            )
    lacking = [resolved[n] for n in changed if resolved[n] > _COARSER * fine.spacing[n]]
    notes = _mixing_notes(resolved, target, changed)
    if lacking:
        least = f"detail below {max(lacking):.2f} mm"
        notes.insert(0, f"{least} is inferred without guidance: the guide lacks it")
    return notes


def _mixing_notes(resolved: Triple, target: Grid, changed: Sequence[int]) -> list[str]:
    """Say along which axes that stay as they are the guide is coarser than the target."""
    return [
        f"the guide is coarser than the target along axis {'ijk'[n]} ({resolved[n]:.2f} mm against "
        f"{target.spacing[n]:.2f} mm): it shows neighbouring structures mixed"
        for n in range(3)
        if n not in changed and resolved[n] > _COARSER * target.spacing[n]
    ]


def _spacing_along(guide: Grid, target: Grid) -> Triple:
    """Return the guide's spacing (mm) seen along each axis of the target."""
    units = target.affine[:3, :3] / np.array(target.spacing)
    own = guide.affine[:3, :3] / np.array(guide.spacing)
    seen = ((units.T @ own) ** 2) @ np.square(guide.spacing)
    x, y, z = np.sqrt(seen).tolist()
    return (x, y, z)


def _coverage_notes(covered: float) -> list[str]:
    if covered < MIN_OVERLAP:
        raise RegistrationError(
            f"the guide covers {covered:.0%} of the target's head; give scans of one subject and "
            "session, or let the guide be registered"
        )
    if covered < _COVERED:
        return [f"the guide shows {covered:.0%} of the head; beyond it the result is unguided"]
    return []
