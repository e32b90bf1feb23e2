"""Two scans cut out by one mask: what is inside the mask moves, its rim stays.

A mask that was drawn once and laid over both scans ends in the same voxels of both, even where
the heads inside are a millimetre apart. Moving the guide moves its rim away from the target's.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from crossres.registration.resampling import resample
from crossres.registration.transform import RigidTransform
from crossres.volume import Grid, Volume, foreground_threshold

RIM_MM = 2.0
"""Nearer than this to an edge of the mask, as it lies or moved, the guide stays as it lies."""
MIN_GUIDE_FILLED = 0.95
"""Least share of the guide's voxels that are not 0 that must be head: else its air is there too."""
MIN_TARGET_FILLED = 0.90
"""Least share of the guide's mask that must be head in the target."""
MAX_STRAYS = 0.002
"""Largest share of the target's head that may lie outside the guide's mask."""

_INSIDE = 0.98


def share_mask(target: Volume, guide: Volume) -> bool:
    """Tell whether both show only what one and the same mask left of them, as their headers lie.

    Args:
        target: The scan that stays.
        guide: The other one, not yet moved.

    Returns:
        True where the guide is 0 around its head, nothing of the target's head lies outside that
        mask, and hardly anything but head lies inside.

    Raises:
        RegistrationError: An image without contrast.
    """
    shown = guide.data != 0
    filled = (guide.data > foreground_threshold(guide.data))[shown].mean()
    if shown.all() or filled < MIN_GUIDE_FILLED:
        return False
    mask = guide.with_data(shown.astype(np.float32))
    covered = resample(mask, target.grid, RigidTransform.identity(), interpolation="linear").data
    head = target.data > foreground_threshold(target.data)
    inside = covered > _INSIDE
    if not inside.any():
        return False
    strays = float((covered[head] < 1 - _INSIDE).mean())
    return strays <= MAX_STRAYS and float(head[inside].mean()) >= MIN_TARGET_FILLED


def resample_within_mask(guide: Volume, grid: Grid, transform: RigidTransform) -> Volume:
    """Move the guide, and let it lie within ``RIM_MM`` of its mask's edge.

    Args:
        guide: Image that shares its mask with the target (:func:`share_mask`).
        grid: Grid wanted.
        transform: From the world of ``grid`` to the world of ``guide``.

    Returns:
        The guide on ``grid``, in its own intensities: where the mask's edges, as it lies and
        moved, are both further away than ``RIM_MM`` it is moved, elsewhere it is as its header
        says.

    Raises:
        VolumeError: NaN or infinite voxels.
    """
    depth = guide.with_data(
        ndimage.distance_transform_edt(guide.data != 0, sampling=guide.grid.spacing)
    )
    motions = (transform, RigidTransform.identity())
    moved, lying = (resample(guide, grid, motion) for motion in motions)
    depths = [resample(depth, grid, motion, interpolation="linear").data for motion in motions]
    return moved.with_data(np.where(np.minimum(*depths) > RIM_MM, moved.data, lying.data))
