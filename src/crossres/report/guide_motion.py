"""The motion of the guide, as one pair of numbers for reports, JSON files and tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.registration import Aligned, Registration, RigidTransform
from crossres.report.inferred import object_mask
from crossres.volume import Volume

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
    scan = aligned.pair.target
    if aligned.registration is not None:
        return registered_motion(aligned.registration, scan)
    return None if aligned.given is None else _motion(aligned.given, scan)


def registered_motion(found: Registration, scan: Volume) -> GuideMotion:
    """Return how far a registration moves the guide.

    Args:
        found: The registration.
        scan: The target.

    Returns:
        The motion, 0 where the headers were kept.
    """
    if found.inside is None:
        return _motion(found.transform, scan)
    return GuideMotion(found.inside.moved_mm, found.transform.angle_degrees)


def _motion(transform: RigidTransform, scan: Volume) -> GuideMotion:
    """Return the mean displacement of the head, or of the field of view of an empty scan."""
    angle = transform.angle_degrees
    voxels = np.argwhere(object_mask(scan))
    voxels = voxels[:: 1 + len(voxels) // _MOST_POINTS]
    if not len(voxels):
        return GuideMotion(transform.displacement(scan.grid)[0], angle)
    points = voxels @ scan.affine[:3, :3].T + scan.affine[:3, 3]
    moved = np.linalg.norm(transform.apply(points) - points, axis=1)
    return GuideMotion(float(moved.mean()), angle)
