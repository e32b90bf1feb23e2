"""Describe the scan of a file or a DICOM series: grid, values and slices, for every format."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from crossres.io import nifti
from crossres.io.formats import is_nifti
from crossres.io.inputs import find_input
from crossres.physics import resolution_of
from crossres.physics.resolution import clearly_wider
from crossres.types import Trust
from crossres.volume import Grid, Volume
from crossres.volume.plane import shapes_text
from crossres.volume.size_text import rounded


def describe(
    path: str | Path,
    series: str | None = None,
    *,
    parameter: str = "series",
    trust: Trust | None = None,
) -> dict[str, object]:
    """Describe a scan: its grid, its values, and the fields of its format.

    Args:
        path: A NIfTI, MGH or NRRD file, a folder of DICOM files, or one DICOM file of the series.
        series: The series, as :func:`read` takes it.
        parameter: Name of ``series`` in error messages.
        trust: As :func:`read` takes it.

    Returns:
        ``shape``, ``spacing_mm``, ``fov_mm``, ``axes`` (such as ``"RAS"``), ``oblique_degrees``
        (largest angle between a voxel axis and its world axis), ``dtype`` (on disk), ``range``
        (scaled) and ``zero_percent``; of files ``space``, of NIfTI ``sform_code`` and
        ``qform_code``; of DICOM ``series``, ``modality`` and ``files``; where a slice thickness is
        stated, ``slice_thickness_mm``, ``slice_distance_mm``, ``slice_axis`` and
        ``slice_thickness_from``, else ``slice_thickness``, a text; where metadata state them,
        ``voxel_profiles`` (a text); and ``resolved`` where the spectrum shows less detail than the
        voxels promise.

    Raises:
        FileFormatError: Missing, damaged, or of another format.
        SettingsError: Several series, or none that matches; the message lists them.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: No position in the world, or slices that make no regular grid.
    """
    scan = find_input(path, series, parameter=parameter)
    volume = scan.read(trust=trust)
    slices = scan.slices.described(volume.grid)
    stated = shapes_text(scan.profiles.shapes)
    profiles = {"voxel_profiles": stated} if stated else {}
    grid = {**place(volume.grid), **slices, **profiles, **resolution(volume)}
    if scan.series is None:
        codes = nifti.read_codes(scan.path, trust=trust) if is_nifti(scan.path) else {}
        return {**grid, "space": volume.space, **codes, **contents(volume)}
    origin = {"modality": scan.series.modality, "files": len(scan.series.files)}
    return {"series": scan.name, **grid, **origin, **contents(volume)}


def resolution(volume: Volume) -> dict[str, object]:
    """Describe what an image resolves, where its spectrum shows less than its voxels promise.

    Args:
        volume: The image.

    Returns:
        ``resolved``, a text for the axes concerned; nothing where there are none.
    """
    wider = clearly_wider(volume.grid, resolution_of(volume))
    texts = [f"{'ijk'[axis]} {found.description}" for axis, found in wider.items()]
    return {"resolved": ", ".join(texts)} if texts else {}


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
        "spacing_mm": rounded(grid.spacing),
        "fov_mm": rounded(grid.extent),
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
