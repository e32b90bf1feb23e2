"""Two scans cut out by one mask: the inside of the guide moves, the rim of the mask does not.

One mask applied to both scans ends in the same voxels of both, even where the heads inside are a
millimetre apart. Moving the guide as a whole would move its rim away from the target's.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from crossres.registration.resampling import resample
from crossres.registration.transform import RigidTransform
from crossres.volume import Grid, Volume, above_air

RIM_MM = 2.0
"""Nearer than this to an edge of the mask, before or after the motion, the guide is not moved."""
MIN_GUIDE_FILLED = 0.95
"""Least share of head among the guide's voxels that are not 0; less means that it shows air."""
MIN_TARGET_FILLED = 0.90
"""Least share of the guide's mask that is head in the target."""
MAX_STRAYS = 0.002
"""Largest share of the target's head that may lie outside the guide's mask."""

_INSIDE = 0.98
"""Share of a target voxel from which it counts as inside the guide's mask."""


def share_mask(target: Volume, guide: Volume) -> bool:
    """Return whether both scans were cut out by one and the same mask, as their headers place it.

    Args:
        target: The scan that is not moved.
        guide: The other scan, before registration.

    Returns:
        True where the guide is 0 around its head, (almost) no head of the target lies outside that
        mask, and (almost) nothing but head lies inside.

    Raises:
        RegistrationError: An image without contrast.
        VolumeError: A guide with NaN or infinite voxels.
    """
    shown = guide.data != 0
    filled = above_air(guide.data)[shown].mean()
    if shown.all() or filled < MIN_GUIDE_FILLED:
        return False
    mask = guide.with_data(shown.astype(np.float32))
    covered = resample(mask, target.grid, RigidTransform.identity(), interpolation="linear").data
    head = above_air(target.data)
    inside = covered > _INSIDE
    if not inside.any():
        return False
    strays = float((covered[head] < 1 - _INSIDE).mean())
    return strays <= MAX_STRAYS and float(head[inside].mean()) >= MIN_TARGET_FILLED


def resample_within_mask(
    guide: Volume, grid: Grid, transform: RigidTransform, *, rim: float = RIM_MM
) -> Volume:
    """Resample the guide, moved except near its mask's edge.

    Args:
        guide: Image that shares its mask with the target (:func:`share_mask`).
        grid: Grid of the result.
        transform: From the world of ``grid`` to the world of ``guide``.
        rim: Width of the rim that stays, mm.

    Returns:
        The guide on ``grid``, in its own intensities. It is moved where the edge of the mask is
        further away than ``rim`` both before and after the motion; elsewhere the header applies.

    Raises:
        VolumeError: NaN or infinite voxels.
    """
    depth = guide.with_data(
        ndimage.distance_transform_edt(guide.data != 0, sampling=guide.grid.spacing)
    )
    motions = (transform, RigidTransform.identity())
    moved, lying = (resample(guide, grid, motion) for motion in motions)
    depths = [resample(depth, grid, motion, interpolation="linear").data for motion in motions]
    return moved.with_data(np.where(np.minimum(*depths) > rim, moved.data, lying.data))
