"""Scans with truncated k-space: the networks are given Gaussian voxels.

The result is then made to agree with the scan as it was measured.
"""

from __future__ import annotations

import math
from dataclasses import replace

from crossres.inference.assumed_profile import assumed_profile, plane_axes
from crossres.inference.settings import PlaneProfileName
from crossres.physics import AxisResolution, acquired_samples, apodise, resolution_of
from crossres.volume import Grid, Pair, Profile, Volume, background_of

NEAR = 0.05
"""Uncertainty of the number of acquired samples, as a share. Networks are trained for whole
factors: 2 % beside one cost 0.4 to 1.4 dB (studies/HISTORY.md)."""


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
        choice: As :func:`crossres.inference.assumed_profile.assumed_profile` takes it.

    Returns:
        The scan; the same object where the profile is the one of its grid. Profiles of slices stay.
    """
    grid = scan.grid
    shapes = assumed_profile(grid, fine, found, choice).shapes
    profiles = [
        own if shape in (None, own.shape) else Profile(math.nan, shape)
        for shape, own in zip(shapes, grid.profiles, strict=True)
    ]
    if profiles == list(grid.profiles):
        return scan
    i, j, k = profiles
    return scan.with_data(scan.data, replace(grid, profiles=(i, j, k)))


def without_zero_filling(
    scan: Volume, fine: Grid, choice: PlaneProfileName
) -> tuple[Volume, list[str]]:
    """Return an interpolated scan on the grid of its acquired samples.

    Args:
        scan: The scan.
        fine: Grid of the result.
        choice: "measured" undoes zero-filling; a profile that is given or that metadata state
            leaves the scan as it is.

    Returns:
        The scan, with fewer voxels along each axis of the plane that gets finer and was zero-filled
        by a factor of at least 1.2; and a note for each of them.
    """
    axes = plane_axes(scan.grid, fine) if choice == "measured" else []
    axes = [axis for axis in axes if not scan.grid.profiles[axis].stated]
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


def apodised(pair: Pair) -> Pair:
    """Return a pair whose target has Gaussian voxels, as the training of the networks assumes them.

    Args:
        pair: Target, guide and fine grid.

    Returns:
        The pair; the same object where no profile of the target is band-limited.
    """
    target = apodise(pair.target)
    return pair if target is pair.target else replace(pair, target=target)
