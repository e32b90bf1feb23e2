"""Scans with truncated k-space: the networks are given Gaussian voxels.

The result is then made to agree with the scan as it was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crossres.inference.settings import PlaneProfileName
from crossres.physics import AxisResolution, acquired_samples, apodise, resolution_of
from crossres.volume import Grid, Pair, Profile, ProfileShape, Volume, background_of, slice_axis

ALIKE = 1.3
"""Slices whose distance is at most this multiple of the spacing in their plane are those of a
three-dimensional k-space."""
GAUSSIAN = 4.3
"""Attenuation at the end of the spectrum, dB, from which voxels are Gaussian ones, which have 5;
truncated k-space has 0 (``python -m studies.plane_profile``)."""

NEAR = 0.05
"""Uncertainty of the number of acquired samples, as a share. Networks are trained for whole
factors: 2 % beside one cost 0.4 to 1.4 dB (studies/HISTORY.md)."""
COARSEST = 3.0
"""Voxels, mm, above which heads have too little fine detail for their spectra to show a profile."""


def with_plane_profiles(
    scan: Volume,
    fine: Grid,
    found: tuple[AxisResolution | None, ...],
    choice: PlaneProfileName,
) -> Volume:
    """Return a scan with the profiles of its voxels in the plane.

    Args:
        scan: The scan.
        fine: Grid of the result. Axes that do not get finer have no profile that counts.
        found: What the scan resolves along its axes.
        choice: "measured" for what the mean of their spectra shows, which is a Gaussian where none
            is known; or the shape.

    Returns:
        The scan; the same object where the profile is a Gaussian. Profiles of slices, and those
        that are not the default ones, stay.
    """
    grid, axes = scan.grid, plane_axes(scan.grid, fine)
    fitted = [found[axis] for axis in axes if grid.spacing[axis] <= COARSEST]
    shape = _measured(fitted) if choice == "measured" else choice
    if shape == "gaussian":
        return scan
    i, j, k = (
        Profile(math.nan, shape) if axis in axes else own for axis, own in enumerate(grid.profiles)
    )
    return scan.with_data(scan.data, replace(grid, profiles=(i, j, k)))


def _measured(found: Sequence[AxisResolution | None]) -> ProfileShape:
    """Return which profile the mean spectrum of some axes shows."""
    known = [one.attenuation for one in found if one is not None]
    return "band-limited" if known and np.mean(known) < GAUSSIAN else "gaussian"


def without_zero_filling(
    scan: Volume, fine: Grid, choice: PlaneProfileName
) -> tuple[Volume, list[str]]:
    """Return an interpolated scan on the grid of its acquired samples.

    Args:
        scan: The scan.
        fine: Grid of the result.
        choice: "measured" undoes zero-filling; a profile that is given leaves the scan as it is.

    Returns:
        The scan, with fewer voxels along each axis of the plane that gets finer and was zero-filled
        by a factor of at least 1.2; and a note for each of them.
    """
    axes = plane_axes(scan.grid, fine) if choice == "measured" else []
    found = resolution_of(background_of(scan.data).removed(scan)) if axes else ()
    filled = {
        axis: one.zero_filling
        for axis, one in enumerate(found)
        if axis in axes and one is not None and one.zero_filling > 1
    }
    if not filled:
        return scan, []
    sizes = {
        axis: _acquired(scan.shape[axis] / factor, fine.shape[axis])
        for axis, factor in filled.items()
    }
    notes = [
        f"the target is zero-filled {factor:.2f} times along its axis {'ijk'[axis]}: its "
        f"{sizes[axis]} acquired samples are used, not its {scan.shape[axis]} voxels"
        for axis, factor in filled.items()
    ]
    return acquired_samples(scan, sizes), notes


def _acquired(found: float, fine: int) -> int:
    """Return the number of samples near to the one found, of which each has whole fine voxels."""
    near = [fine // n for n in range(1, fine) if fine % n == 0 and abs(fine / n / found - 1) < NEAR]
    return min(near, key=lambda count: abs(count - found), default=2 * math.ceil(found / 2))


def profile_notes(grid: Grid, fine: Grid, choice: PlaneProfileName) -> list[str]:
    """Return a warning where a band limit is given and has no effect.

    Args:
        grid: Of the scan.
        fine: Of the result.
        choice: The profile that was given, or "measured".

    Returns:
        One sentence, or none.
    """
    if choice != "band-limited" or plane_axes(grid, fine):
        return []
    return [
        "the plane profile band-limited has no effect: no axis of the plane gets finer, or their "
        "profile is known"
    ]


def plane_axes(grid: Grid, fine: Grid) -> list[int]:
    """Return the axes that get finer and are sampled in k-space, as far as the grid states it.

    Args:
        grid: Of the scan.
        fine: Of the result.

    Returns:
        Numbers of the axes of the plane whose profile is the default one, and the one across slices
        where these are as thin.
    """
    across = slice_axis(grid)
    longest = ALIKE * max(size for axis, size in enumerate(grid.spacing) if axis != across)
    return [
        axis
        for axis in range(3)
        if fine.shape[axis] > grid.shape[axis]
        and grid.profiles[axis] == Profile(grid.spacing[axis])
        and (axis != across or grid.spacing[axis] <= longest)
    ]


def apodised(pair: Pair) -> Pair:
    """Return a pair whose target has Gaussian voxels, as the training of the networks assumes them.

    Args:
        pair: Target, guide and fine grid.

    Returns:
        The pair; the same object where no profile of the target is band-limited.
    """
    target = apodise(pair.target)
    return pair if target is pair.target else replace(pair, target=target)
