"""The motion of the guide, as one pair of numbers for reports, JSON files and tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.registration import Aligned
from crossres.report.inferred import object_mask

_MOST_POINTS = 20_000


@dataclass(frozen=True)
class GuideMotion:
    """How far a guide was moved.

    Args:
        displacement_mm: Mean displacement of the points of the head, mm. Where the head is large
            enough to estimate the alignment inside it, only points more than 6 mm inside count. It
            does not depend on the origin of the world, as a translation does.
        rotation_deg: Angle of the rotation about its axis, 0-180 degrees.
    """

    displacement_mm: float
    rotation_deg: float


def guide_motion(aligned: Aligned) -> GuideMotion | None:
    """Return how far the guide was moved by its registration.

    Args:
        aligned: The pair and its registration.

    Returns:
        The motion, 0 where the headers were kept; None without a registration or a given motion.
    """
    found = aligned.registration
    transform = aligned.given if found is None else found.transform
    if transform is None:
        return None
    angle = transform.angle_degrees
    if found is not None and found.inside is not None:
        return GuideMotion(found.inside.moved_mm, angle)
    scan = aligned.pair.target
    voxels = np.argwhere(object_mask(scan))
    voxels = voxels[:: 1 + len(voxels) // _MOST_POINTS]
    if not len(voxels):
        return GuideMotion(transform.displacement(scan.grid)[0], angle)
    points = voxels @ scan.affine[:3, :3].T + scan.affine[:3, 3]
    moved = np.linalg.norm(transform.apply(points) - points, axis=1)
    return GuideMotion(float(moved.mean()), angle)
