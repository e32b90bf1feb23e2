"""Descriptions of images, the same for every file format."""

from __future__ import annotations

import nibabel as nib
import numpy as np

from crossres.volume import Grid, Volume


def place(grid: Grid) -> dict[str, object]:
    """Describe a grid.

    Args:
        grid: The grid.

    Returns:
        ``shape``, ``spacing_mm``, ``fov_mm``, ``axes`` (nearest world direction of each voxel axis,
        such as ``"RAS"``) and ``oblique_degrees`` (largest angle between a voxel axis and its
        nearest world axis).

    Example:
        >>> place(Grid((4, 5, 6), np.diag([2.0, 2.0, 3.0, 1.0])))["fov_mm"]
        (8.0, 10.0, 18.0)
    """
    cosines = np.abs(grid.affine[:3, :3] / grid.spacing).max(axis=0)
    return {
        "shape": grid.shape,
        "spacing_mm": grid.spacing,
        "fov_mm": grid.extent,
        "axes": "".join(nib.aff2axcodes(grid.affine)),
        "oblique_degrees": float(np.degrees(np.arccos(np.clip(cosines, 0, 1))).max()),
    }


def contents(volume: Volume) -> dict[str, object]:
    """Describe the values of an image.

    Args:
        volume: The image.

    Returns:
        ``dtype`` (on disk, or None), ``range`` (lowest and highest value) and ``zero_percent``.
    """
    return {
        "dtype": volume.stored_dtype,
        "range": (float(volume.data.min()), float(volume.data.max())),
        "zero_percent": 100.0 * float(np.mean(volume.data == 0)),
    }
