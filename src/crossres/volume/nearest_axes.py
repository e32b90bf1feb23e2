"""The axes of two grids in the world: which of them are nearest, and which of one are coarser."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Float

from crossres.types import Affine, Order
from crossres.volume.grid import Grid
from crossres.volume.target_grid import COARSER


def direction_cosines(
    fine: Grid, coarse: Grid, motion: Affine | None = None
) -> Float[np.ndarray, "3 3"]:
    """Return the cosines of the angles between the axes of two grids.

    Args:
        fine: One grid.
        coarse: The other one.
        motion: 4 x 4 rigid matrix from the world of ``fine`` to that of ``coarse``; by default they
            share one.

    Returns:
        -1 to 1; axes of ``fine`` by row, those of ``coarse`` by column.

    Example:
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> direction_cosines(fine, fine.reordered((1, 2, 0), (False, False, True)))[:, 2].tolist()
        [-1.0, 0.0, 0.0]
    """
    back = np.eye(3) if motion is None else np.linalg.inv(motion)[:3, :3]
    own = fine.affine[:3, :3] / np.array(fine.spacing)
    cosines: Float[np.ndarray, "3 3"] = (
        own.T @ back @ coarse.affine[:3, :3] / np.array(coarse.spacing)
    )
    return cosines


def nearest_axes(fine: Grid, coarse: Grid, motion: Affine | None = None) -> Order:
    """Return the fine axis nearest to each axis of a scan; each is named once.

    Args:
        fine: The fine grid.
        coarse: Grid of the scan.
        motion: As :func:`direction_cosines` takes it.

    Returns:
        Three axes of ``fine``.

    Example:
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> nearest_axes(fine, fine.reordered((1, 2, 0), (False, False, True)))
        (1, 2, 0)
    """
    along = np.abs(direction_cosines(fine, coarse, motion))
    i, j, k = max(itertools.permutations(range(3)), key=lambda p: along[p, range(3)].sum())
    return (i, j, k)


def coarser_axes(fine: Grid, coarse: Grid, motion: Affine | None = None) -> tuple[bool, bool, bool]:
    """Mark the axes along which a scan is coarser than the nearest axis of a fine grid.

    Spacings decide, and no angle: a scan as fine as the grid stays so however it is rotated.

    Args:
        fine: The fine grid.
        coarse: Grid of the scan.
        motion: As :func:`direction_cosines` takes it.

    Returns:
        True for each axis of the scan that is coarser.

    Example:
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> coarser_axes(fine, fine.coarsened((1, 4, 1)))
        (False, True, False)
    """
    nearest = nearest_axes(fine, coarse, motion)
    i, j, k = (
        spacing > COARSER * fine.spacing[axis]
        for spacing, axis in zip(coarse.spacing, nearest, strict=True)
    )
    return (i, j, k)
