"""Slice thickness as a DICOM header or the metadata of a NIfTI file state it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from crossres.io.metadata import read_metadata
from crossres.types import FileFormatError
from crossres.volume import Grid, Volume, through_plane_axis, with_slice_profile
from crossres.volume.size_text import rounded
from crossres.volume.slices import THICKEST, THINNEST

_SAME = 0.02
"""Lengths that differ by less are the same, rounded."""


@dataclass(frozen=True)
class StatedSlices:
    """What is stated about the slices of a scan.

    Args:
        source: Where: "DICOM header" or "BIDS metadata".
        thickness: FWHM of the slice profile, mm; None where it is not stated.
        distance: Of the centres of neighbouring slices, mm; None where it is not stated, or is
            known from the positions of the slices.
        axis: The voxel axis across the slices; None where the spacing decides.
        notes: Warnings, the ends of sentences about the scan.
    """

    source: str
    thickness: float | None = None
    distance: float | None = None
    axis: int | None = None
    notes: tuple[str, ...] = ()

    def axis_on(self, grid: Grid) -> int:
        """Return the axis across the slices: the only one with their distance, else by spacing.

        Args:
            grid: The grid of the scan.

        Returns:
            0, 1 or 2; of an isotropic scan 2, where converters of DICOM put the slices.
        """
        if self.axis is not None:
            return self.axis
        distance = self.distance or self.thickness or math.nan
        alike = [n for n, d in enumerate(grid.spacing) if abs(d / distance - 1) < _SAME]
        if len(alike) == 1:
            return alike[0]
        return 2 if len(alike) == 3 else through_plane_axis(grid)

    def holds_on(self, grid: Grid) -> bool:
        """Return whether a thickness is stated that can be that of this grid.

        Args:
            grid: The grid of the scan.

        Returns:
            False where the grid has another distance than the stated one, as after resampling, or
            one that the stated thickness makes impossible.
        """
        if self.thickness is None:
            return False
        spacing = grid.spacing[self.axis_on(grid)]
        # Some scanners state the gap as the distance.
        possible = () if self.distance is None else (self.distance, self.distance + self.thickness)
        agrees = not possible or any(abs(spacing / d - 1) < _SAME for d in possible)
        return agrees and THINNEST <= self.thickness / spacing <= THICKEST

    def applied(self, volume: Volume) -> tuple[Volume, list[str]]:
        """Return the image with the slice profile that is stated.

        Args:
            volume: The image as read.

        Returns:
            The image, as it is where nothing is stated or what is stated cannot be; and warnings,
            the ends of sentences about it.
        """
        if self.thickness is None:
            return volume, list(self.notes)
        axis = self.axis_on(volume.grid)
        if self.holds_on(volume.grid):
            grid = with_slice_profile(volume.grid, self.thickness, axis=axis)
            return volume.with_data(volume.data, grid), list(self.notes)
        apart = "" if self.distance is None else f", {self.distance:.4g} mm apart"
        note = (
            f"has slices {volume.spacing[axis]:.4g} mm apart, but its {self.source} states slices "
            f"{self.thickness:.4g} mm thick{apart}; that is not used: give `slice_thickness`"
        )
        return volume, [*self.notes, note]

    def described(self, grid: Grid) -> dict[str, object]:
        """Describe the slices of a scan.

        Args:
            grid: The grid of the scan.

        Returns:
            ``slice_thickness_mm``, ``slice_distance_mm``, ``slice_axis`` (i, j or k) and
            ``slice_thickness_from``; where no thickness holds on the grid ``slice_thickness``, a
            text with what is assumed.
        """
        axis = self.axis_on(grid)
        if self.thickness is None or not self.holds_on(grid):
            distance = f"{grid.spacing[axis]:.4g} mm along {'ijk'[axis]}"
            return {"slice_thickness": f"not known; their distance is assumed ({distance})"}
        sizes = rounded((self.thickness, grid.spacing[axis]))
        return {
            **dict(zip(("slice_thickness_mm", "slice_distance_mm"), sizes, strict=True)),
            "slice_axis": "ijk"[axis],
            "slice_thickness_from": self.source,
        }


def stated_in_metadata(path: Path) -> StatedSlices:
    """Return what the metadata of a NIfTI file state about its slices.

    Args:
        path: The file.

    Returns:
        ``SliceThickness`` and ``SpacingBetweenSlices``, as far as they are numbers above 0.
    """
    try:
        found = read_metadata(path)
    except FileFormatError as error:
        note = f"has metadata that cannot be read ({error}); the slice thickness is not known"
        return StatedSlices("BIDS metadata", notes=(note,))
    thickness, distance = found.get("SliceThickness"), found.get("SpacingBetweenSlices")
    return StatedSlices("BIDS metadata", _length(thickness), _length(distance))


def _length(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < math.inf else None
