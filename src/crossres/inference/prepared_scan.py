"""A scan as the networks are given it: air at 0, most noise removed, Gaussian voxels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crossres.inference.assumed_profile import (
    AssumedProfile,
    assumed_profile,
    assumed_profile_notes,
)
from crossres.inference.noise import denoised, noise_notes, noise_of
from crossres.inference.plane_profile import apodised, with_plane_profiles
from crossres.inference.settings import PlaneProfileName
from crossres.physics import AxisResolution, NoiseLevel, resolution_notes, resolution_of
from crossres.volume import Background, Pair, Volume, without_background


@dataclass(frozen=True, eq=False)
class PreparedScan:
    """A pair as the networks are given it, and what was measured of its target.

    Args:
        pair: Target, guide and fine grid; air is 0, the target is denoised and apodised.
        denoised: The target before it was apodised.
        scan: The target with air at 0 and the profiles of its voxels, neither denoised nor
            apodised.
        background: The intensity of air in the scan.
        noise: The noise of the scan.
        resolution: What the scan resolves along each axis; None where that is not known.
        notes: Warnings, one sentence each.
        plane_profile: The profile of its voxels in the plane, and where it comes from.
    """

    pair: Pair
    denoised: Volume
    scan: Volume
    background: Background
    noise: NoiseLevel
    resolution: tuple[AxisResolution | None, ...]
    notes: tuple[str, ...]
    plane_profile: AssumedProfile

    @property
    def apodised_axes(self) -> str:
        """Names of the voxel axes along which the scan was apodised, such as "ij"."""
        shapes = zip("ijk", self.scan.grid.profiles, self.pair.target.grid.profiles, strict=True)
        return "".join(axis for axis, before, after in shapes if before.shape != after.shape)


def prepare(
    pair: Pair, *, noise: float | None = None, plane_profile: PlaneProfileName = "measured"
) -> PreparedScan:
    """Prepare a pair for the networks, in the same way for inference and for training.

    Args:
        pair: Target, guide and fine grid.
        noise: Standard deviation of the target's noise in its intensities; None to measure it.
        plane_profile: Profile of the target's voxels in the plane, or "measured".

    Returns:
        The pair, and what was measured. A scan without noise, with Gaussian voxels and air at 0 is
        used as it is.

    Raises:
        SettingsError: A noise that cannot be that of the scan.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres import make_pair
        >>> from crossres.physics import degrade
        >>> t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)[1]
        >>> scan = degrade(t2, t2.grid.coarsened((2, 2, 1)))
        >>> prepare(Pair(scan, t2.grid), plane_profile="band-limited").apodised_axes
        'ij'
    """
    pair, background = without_background(pair)
    target = pair.target
    level = noise_of(target, noise)
    resolution = resolution_of(target, level.deviation)
    notes = resolution_notes("the target", target.grid, resolution)
    profile = assumed_profile(target.grid, pair.fine, resolution, plane_profile)
    notes += assumed_profile_notes(target.grid, profile)
    scan = with_plane_profiles(target, pair.fine, resolution, plane_profile)
    denoised_pair = denoised(replace(pair, target=scan), level)
    return PreparedScan(
        apodised(denoised_pair), denoised_pair.target, scan, background, level, resolution,
        notes=(*background.notes("the target"), *noise_notes(level), *notes),
        plane_profile=profile,
    )  # fmt: skip
