"""The plane of a scan: axes sampled in k-space, and the profiles that are stated for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from crossres.volume.grid import Grid
from crossres.volume.profile import Profile, ProfileShape
from crossres.volume.slices import slice_axis

Shapes: TypeAlias = tuple[ProfileShape | None, ProfileShape | None, ProfileShape | None]
"""Of the profiles along i, j, k; None where it is not known."""

ALIKE = 1.3
"""Slices whose distance is at most this multiple of the spacing in their plane are those of a
three-dimensional k-space."""


def axes_in_k_space(grid: Grid) -> list[int]:
    """Return the axes that were sampled in k-space, as far as the grid shows it.

    Args:
        grid: Of a scan.

    Returns:
        The axes of the plane, and the one across slices where these are as thin; of these the ones
        with the default profile, or with one that metadata state.

    Example:
        >>> import numpy as np
        >>> axes_in_k_space(Grid((240, 240, 30), np.diag([0.5, 0.5, 5.0, 1.0])))
        [0, 1]
    """
    across = slice_axis(grid)
    longest = ALIKE * max(size for axis, size in enumerate(grid.spacing) if axis != across)
    return [
        axis
        for axis, (size, own) in enumerate(zip(grid.spacing, grid.profiles, strict=True))
        if (own.stated or own == Profile(size)) and (axis != across or size <= longest)
    ]


def with_stated_profiles(grid: Grid, shapes: Shapes) -> Grid:
    """Return a grid with the profiles that metadata state.

    Args:
        grid: Of a scan.
        shapes: Along i, j, k; None where the profile is not stated.

    Returns:
        The grid; profiles of slices that are thicker than their plane is fine stay.

    Example:
        >>> import numpy as np
        >>> grid = Grid((240, 240, 30), np.diag([0.5, 0.5, 5.0, 1.0]))
        >>> stated = with_stated_profiles(grid, ("band-limited", None, None))
        >>> [one.shape for one in stated.profiles]
        ['band-limited', 'gaussian', 'gaussian']
    """
    profiles = list(grid.profiles)
    for axis in axes_in_k_space(grid):
        shape = shapes[axis]
        if shape is not None:
            profiles[axis] = Profile(grid.spacing[axis], shape, stated=True)
    i, j, k = profiles
    return replace(grid, profiles=(i, j, k))


def shapes_text(shapes: Shapes) -> str:
    """Return the known shapes in words.

    Args:
        shapes: Along i, j, k.

    Returns:
        A phrase, empty where none is known.

    Example:
        >>> shapes_text(("gaussian", "gaussian", "band-limited"))
        'Gaussian along i, j, band-limited along k'
    """
    axes: dict[str, list[str]] = {}
    for axis, shape in zip("ijk", shapes, strict=True):
        if shape is not None:
            axes.setdefault(shape.replace("gauss", "Gauss"), []).append(axis)
    return ", ".join(f"{shape} along {', '.join(along)}" for shape, along in axes.items())
