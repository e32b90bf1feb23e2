"""The profiles of the voxels, as the metadata of a file state them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from crossres.io.metadata import read_metadata
from crossres.types import FileFormatError
from crossres.volume import ProfileShape, Volume
from crossres.volume.plane import Shapes, with_stated_profiles

KEY = "VoxelProfiles"
"""Their name in the metadata. ``crossres degrade`` writes it; BIDS has none."""
_KNOWN = (None, *get_args(ProfileShape))


@dataclass(frozen=True)
class StatedProfiles:
    """The profiles of the voxels that the metadata of a scan state.

    Args:
        shapes: Along i, j, k of the file; None where it is not stated.
        notes: Warnings, the ends of sentences about the scan.
    """

    shapes: Shapes = (None, None, None)
    notes: tuple[str, ...] = ()

    def applied(self, volume: Volume) -> Volume:
        """Return the image with these profiles.

        Args:
            volume: The image as read, with the profile of its slices.

        Returns:
            The image; the same object where nothing is stated.
        """
        if not any(self.shapes):
            return volume
        return volume.with_data(volume.data, with_stated_profiles(volume.grid, self.shapes))


def stated_profiles(path: Path) -> StatedProfiles:
    """Return the profiles that the metadata of a file state.

    Args:
        path: The file.

    Returns:
        ``VoxelProfiles``, or a note where these are not three known shapes. Metadata that cannot
        be read state nothing; the slice thickness has the warning.
    """
    try:
        found = read_metadata(path).get(KEY)
    except FileFormatError:
        return StatedProfiles()
    if found is None:
        return StatedProfiles()
    if isinstance(found, list) and len(found) == 3 and all(one in _KNOWN for one in found):
        return StatedProfiles(cast("Shapes", tuple(found)))
    shapes = ", ".join(f'"{one}"' for one in get_args(ProfileShape))
    note = (
        f"has metadata in which {KEY} is {found!r}, not three of {shapes} or null (along i, j, k); "
        "that is not used"
    )
    return StatedProfiles(notes=(note,))
