"""The grid that a factor or a spacing means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from crossres.types import SettingsError, Triple
from crossres.volume.grid import Grid
from crossres.volume.profile import ProfileShape
from crossres.volume.size_text import size_text
from crossres.volume.slices import through_plane_axis, with_slice_profile

Numbers: TypeAlias = float | Sequence[float]
"""One number, or one for each voxel axis."""

LARGEST_FACTOR = 16.0
"""A factor beyond this is taken for a typing error."""
COARSER = 1.05
"""A spacing this much above another counts as coarser."""
_SAME = 0.01
"""Factors this near to 1 are rounding in a header."""
_ANY_GRID = Grid((600, 600, 200), np.diag([4.0, 4.0, 5.0, 1.0]))
"""A scan of so many voxels that any factor above 1 changes their number."""


def check_resolution(factor: Sequence[float] | None, spacing: Sequence[float] | None) -> None:
    """Refuse a factor or a spacing that no scan allows, before any scan is read.

    Args:
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm.

    Raises:
        SettingsError: Not exactly one of factor and spacing, a factor out of range, or spacings
            that are not one number or three above 0 mm.

    Example:
        >>> check_resolution(None, (1.0, 1.0, 4.0))
    """
    if factor is not None or spacing is None:
        fine_grid(_ANY_GRID, factor=factor, spacing=spacing)
    elif len(spacing) not in (1, 3) or not all(0 < d < math.inf for d in spacing):
        raise SettingsError(
            f"`spacing` must be one number or three above 0 mm, got {_text(spacing)}; give such "
            "as 1 or 1,1,4"
        )


def fine_grid(
    target: Grid, *, factor: Numbers | None = None, spacing: Numbers | None = None
) -> Grid:
    """Return the grid of the result: same field of view, more voxels.

    Args:
        target: Grid of the scan.
        factor: Fine voxels per voxel of the scan, 1 to 16: three numbers for i, j, k of the file,
            or one for the two axes in the plane (:func:`through_plane_axis`).
        spacing: Instead of the factor: spacing in mm, above 0; three numbers, or one for every axis
            that is coarser.

    Returns:
        The fine grid; voxel edges coincide with the target's.

    Raises:
        SettingsError: Not exactly one of factor and spacing, a wrong count of numbers, an axis that
            would get coarser or more than 16 times finer, or no axis that gets finer.

    Example:
        >>> import numpy as np
        >>> fine_grid(Grid((60, 60, 20), np.diag([4.0, 4.0, 5.0, 1.0])), factor=4).shape
        (240, 240, 20)
    """
    factor, spacing = _several(factor, "factor"), _several(spacing, "spacing")
    per_axis = _requested(target, factor, spacing)
    factors = tuple(1.0 if abs(f - 1) < _SAME else f for f in per_axis)
    request = f"factor {_text(per_axis)}"
    request = request if spacing is None else f"spacing {_text(spacing)} mm, a {request},"
    if spacing is not None and (min(factors) < 1 or max(factors) == 1):
        raise SettingsError(_not_finer(spacing, target))
    _check_range(factors, request)
    fine = target.refined(factors)
    if fine.shape == target.shape:
        raise SettingsError(
            f"{request} changes nothing (one factor is for the plane alone); give three numbers "
            "that make an axis finer, such as a factor of 4,4,1"
        )
    return fine


def _several(numbers: Numbers | None, name: str) -> tuple[float, ...] | None:
    """Return one number or several as a tuple of floats."""
    try:
        if np.asarray(numbers).dtype.kind in "USb":  # texts and truth values are not numbers
            raise TypeError(f"{numbers!r} is not a number")
        return None if numbers is None else tuple(float(n) for n in np.atleast_1d(numbers))
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(
            f"`{name}` must be one number or three, got {numbers!r}; give such as 4,4,1"
        ) from error


def pass_grids(coarse: Grid, fine: Grid) -> list[Grid]:
    """Return the grids by which slices lead from one grid to another: one, or two.

    Where all three axes get finer, the first has the fine voxels in the plane and the scan's
    across it. The other order was measured to be no better.

    Args:
        coarse: Grid of the target.
        fine: Grid of the result.

    Returns:
        The grid after each pass; the last is ``fine``.

    Example:
        >>> import numpy as np
        >>> scan = Grid((60, 60, 20), np.diag([2.0, 2.0, 4.0, 1.0]))
        >>> [grid.shape for grid in pass_grids(scan, scan.refined((2, 2, 4)))]
        [(120, 120, 20), (120, 120, 80)]
    """
    if any(n == m for n, m in zip(coarse.shape, fine.shape, strict=True)):
        return [fine]
    across = through_plane_axis(coarse)
    i, j, k = (coarse.shape[n] if n == across else fine.shape[n] for n in range(3))
    return [fine.with_shape((i, j, k)), fine]


def coarse_grid(
    reference: Grid,
    *,
    factor: Numbers,
    slice_thickness: float | None = None,
    slice_profile: ProfileShape = "gaussian",
) -> Grid:
    """Return the grid of a scan ``factor`` times coarser, same field of view.

    Args:
        reference: Grid of the finer scan.
        factor: Three numbers for i, j, k, 1 to 16, or one for the two axes in the plane.
        slice_thickness: Width of the profile (FWHM) along the only axis that gets coarser, mm, 0.25
            to 2.5 times the spacing; the spacing by default.
        slice_profile: Shape of the profile along that axis, "gaussian" or "slab".

    Returns:
        The coarse grid; voxel edges coincide with the reference's.

    Raises:
        SettingsError: A wrong count of numbers, one outside its range, no axis gets coarser, or
            several do and a slice thickness or profile is given.

    Example:
        >>> import numpy as np
        >>> coarse_grid(Grid((240, 240, 20), np.diag([1.0, 1.0, 5.0, 1.0])), factor=4).shape
        (60, 60, 20)
    """
    factors = _per_axis(_several(factor, "factor") or (), reference)
    _check_range(factors, f"factor {_text(factors)}")
    coarse = reference.coarsened(factors)
    if coarse.shape == reference.shape:
        raise SettingsError(
            f"factor {_text(factors)} changes nothing; give a factor above 1, such as 2,2,1"
        )
    if slice_thickness is None and slice_profile == "gaussian":
        return coarse
    changed = [n for n in range(3) if coarse.shape[n] != reference.shape[n]]
    if len(changed) > 1:
        raise SettingsError(
            "a slice thickness or profile is of one axis; give a factor above 1 for that one "
            "alone, such as 1,1,4"
        )
    return with_slice_profile(coarse, slice_thickness, axis=changed[0], shape=slice_profile)


def _requested(
    target: Grid, factor: Sequence[float] | None, spacing: Sequence[float] | None
) -> Triple:
    """Return the factor per axis, from whichever was given."""
    if factor is not None and spacing is None:
        return _per_axis(factor, target)
    if spacing is None or factor is not None:
        if factor is None:
            raise SettingsError(
                "neither `factor` nor `spacing` was given; give a factor, such as 4,4,1, or a "
                "spacing in mm"
            )
        raise SettingsError(
            f"`factor` {_text(factor)} and `spacing` {_text(spacing or ())} were both given; give "
            "one of them"
        )
    if len(spacing) == 1:
        spacing = [d if d < spacing[0] * COARSER else spacing[0] for d in target.spacing]
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
            "give numbers such as 4,4,1"
        )
    x, y, z = values
    return (float(x), float(y), float(z))


def _check_range(factors: Sequence[float], request: str) -> None:
    if not all(1 <= f <= LARGEST_FACTOR for f in factors):
        raise SettingsError(
            f"{request} is out of range; give a factor of 1 (unchanged) to {LARGEST_FACTOR:g} "
            "per axis, above 1 where an axis changes, such as 4,4,1"
        )


def _not_finer(spacing: Sequence[float], target: Grid) -> str:
    """Return the error for a spacing that makes an axis coarser, or none finer."""
    scan = f"the voxels of the scan, {size_text(target.spacing)}"
    if len(spacing) == 3 and any(d > e for d, e in zip(spacing, target.spacing, strict=True)):
        return (
            f"`spacing` {_text(spacing)} mm is coarser along an axis than {scan}; give at most "
            "their size along each axis"
        )
    return (
        f"`spacing` {_text(spacing)} mm makes no axis finer than {scan}; give less than "
        f"{max(target.spacing):.4g} mm"
    )


def _text(values: Sequence[float]) -> str:
    return ",".join(f"{value:.4g}" for value in values)
