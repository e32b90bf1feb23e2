"""The slices of a scan: the axis across them, and their thickness apart from their distance."""

from __future__ import annotations

import math
from dataclasses import replace

from crossres.types import SettingsError
from crossres.volume.grid import Grid
from crossres.volume.profile import Profile, ProfileShape

THINNEST, THICKEST = 0.25, 2.5
"""Slice thickness as a multiple of the distance of slices: wider gaps or overlap are errors."""
_SAME = 0.01
"""A thickness this near to the distance, as a share of it, is the distance, rounded."""


def through_plane_axis(grid: Grid) -> int:
    """Return the voxel axis across the slices: the one whose spacing differs most.

    The two axes of most similar spacing are the plane; where all three are alike (to 1 %), slices
    are axial: the axis nearest to S is across.

    Args:
        grid: Any grid.

    Returns:
        0, 1 or 2.

    Example:
        >>> import numpy as np
        >>> through_plane_axis(Grid((256, 20, 256), np.diag([1.0, 5.0, 1.0, 1.0])))
        1
    """
    superior = grid.axis_order()[0][2]

    def unlike(axis: int) -> tuple[float, bool]:
        a, b = (d for n, d in enumerate(grid.spacing) if n != axis)
        return round(abs(math.log(a / b)), 2), axis != superior

    return min(range(3), key=unlike)


def slice_axis(grid: Grid) -> int:
    """Return the voxel axis across the slices: the one whose profile is known, else by spacing.

    Args:
        grid: Any grid.

    Returns:
        The only axis along which the profile is not as wide as the voxel, or
        :func:`through_plane_axis`.
    """
    unlike = [n for n in range(3) if grid.fwhm[n] != grid.spacing[n]]
    return unlike[0] if len(unlike) == 1 else through_plane_axis(grid)


def with_slice_profile(
    grid: Grid,
    thickness: float | None = None,
    *,
    axis: int | None = None,
    shape: ProfileShape | None = None,
) -> Grid:
    """Return the grid with slices of this profile.

    Args:
        grid: The grid of a scan.
        thickness: FWHM of the profile, mm; 0.25 to 2.5 times the distance of the slices; by default
            that of the grid.
        axis: The axis across the slices, :func:`slice_axis` by default.
        shape: Of the profile, "gaussian" or "slab"; by default that of the grid.

    Returns:
        The grid; a thickness within 1 % of the distance is the distance.

    Raises:
        SettingsError: A thickness outside its range.

    Example:
        >>> import numpy as np
        >>> grid = Grid((240, 240, 30), np.diag([0.5, 0.5, 5.0, 1.0]))
        >>> with_slice_profile(grid, 4.0).fwhm
        (0.5, 0.5, 4.0)
    """
    axis = slice_axis(grid) if axis is None else axis
    distance = grid.spacing[axis]
    thickness = grid.fwhm[axis] if thickness is None else thickness
    if not THINNEST * distance <= thickness <= THICKEST * distance:
        raise SettingsError(
            f"slices {thickness:g} mm thick cannot be {distance:.4g} mm apart; give a thickness "
            f"of {THINNEST * distance:.3g} to {THICKEST * distance:.3g} mm"
        )
    rounded = abs(thickness / distance - 1) < _SAME
    profiles = list(grid.profiles)
    own = profiles[axis]
    profiles[axis] = Profile(
        math.nan if rounded else thickness,
        shape or own.shape,
        stated=own.stated and rounded and shape is None,
    )
    i, j, k = profiles
    return replace(grid, profiles=(i, j, k))
