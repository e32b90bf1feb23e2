"""Whether several scans can be joined: settings, contrasts, copies of one scan, and overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossres.inference import EnhanceSettings
from crossres.physics import MovedAcquisition
from crossres.registration import RigidTransform
from crossres.types import RegistrationError, SettingsError
from crossres.volume import Grid, Volume

LEAST_OVERLAP = 0.01
"""Share of a scan's voxels inside the grid of the result below which it adds nothing."""


def check_joinable(settings: EnhanceSettings) -> None:
    """Refuse settings that make no sense for several scans.

    Args:
        settings: How.

    Raises:
        SettingsError: The influence of the guide, the iterative back-projection, or a known noise.

    Example:
        >>> check_joinable(EnhanceSettings(noise=0.0))
    """
    if settings.guide_influence:
        raise SettingsError(
            "`guide_influence` is about the estimate from one scan; leave it out, or give one scan"
        )
    if settings.back_projection == "iterative":
        raise SettingsError(
            "several scans agree by least squares; give `back_projection` exact, none or card"
        )
    if settings.noise:
        raise SettingsError(
            "`noise` is in the intensities of one scan; leave it out, so that it is measured in "
            "each, or give 0"
        )


def check_contrasts(contrasts: Sequence[str | None]) -> None:
    """Refuse scans of different contrasts.

    Args:
        contrasts: The contrast of each scan as BIDS writes it, or None where it is not known.

    Raises:
        SettingsError: Two that are known and differ.

    Example:
        >>> check_contrasts(["T2w", None, "T2w"])
    """
    known = [(number, name) for number, name in enumerate(contrasts, start=1) if name]
    for number, name in known[1:]:
        first, expected = known[0]
        if name != expected:
            raise SettingsError(
                f"scan {number} is named a {name}, and scan {first} a {expected}; give scans of "
                "one contrast"
            )


def check_distinct(scans: Sequence[Volume]) -> None:
    """Refuse a scan that is given twice: its noise would count as a second measurement.

    Args:
        scans: The images.

    Raises:
        SettingsError: Two with equal grids and equal data.
    """
    for number, scan in enumerate(scans, start=1):
        for earlier, other in enumerate(scans[: number - 1], start=1):
            if _is_same(scan, other):
                raise SettingsError(f"scan {number} is the same as scan {earlier}; leave it out")


def check_guide(scans: Sequence[Volume], guide: Volume) -> None:
    """Refuse a guide that is one of the scans: it adds nothing to it.

    Args:
        scans: The images to enhance.
        guide: The image of the guide.

    Raises:
        SettingsError: It has the grid and the data of a scan.
    """
    if any(_is_same(scan, guide) for scan in scans):
        raise SettingsError(
            "the guide is the target itself: both have the same voxels; give a scan of another "
            "contrast as `guide`, or leave it out"
        )


def _is_same(one: Volume, other: Volume) -> bool:
    return one.grid.is_close(other.grid) and np.array_equal(one.data, other.data)


def check_overlap(fine: Grid, scan: Volume, transform: RigidTransform) -> None:
    """Refuse a scan of which next to nothing lies inside the grid of the result.

    Args:
        fine: Grid of the result.
        scan: The scan.
        transform: From the world of ``fine`` to that of the scan.

    Raises:
        RegistrationError: Less than 1 % of the voxels that are not 0 lie inside.
    """
    inside = MovedAcquisition(fine, scan.grid, transform.matrix).inside.numpy() > 0
    shown = scan.data != 0
    if np.count_nonzero(inside & shown) < LEAST_OVERLAP * np.count_nonzero(shown):
        raise RegistrationError(
            "it does not overlap the first one; give scans of one place, or with a registration "
            "where their headers do not share a world"
        )
