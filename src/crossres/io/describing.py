"""What there is to say about any image, whatever file it came from."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from crossres.volume import Grid, Volume


def place(grid: Grid) -> dict[str, object]:
    """Return size, spacing, field of view and directions; lengths in mm, the angle in degrees."""
    return {
        "shape": grid.shape,
        "spacing_mm": grid.spacing,
        "fov_mm": grid.extent,
        "axes": "".join(nib.aff2axcodes(grid.affine)),
        "oblique_degrees": _oblique_degrees(grid),
    }


def contents(volume: Volume) -> dict[str, object]:
    """Return type on disk, range of the values, and how many of them are zero."""
    return {
        "dtype": volume.stored_dtype,
        "range": (float(volume.data.min()), float(volume.data.max())),
        "zero_percent": 100.0 * float(np.mean(volume.data == 0)),
    }


def _oblique_degrees(grid: Grid) -> float:
    """Return the largest angle between a voxel axis and its nearest world axis."""
    cosines = np.abs(grid.affine[:3, :3] / grid.spacing).max(axis=0)
    return float(np.degrees(np.arccos(np.clip(cosines, 0, 1))).max())
