"""Describe the scan of a file or a DICOM series, for people."""

from __future__ import annotations

from pathlib import Path

from crossres.io import nifti
from crossres.io.describing import contents, place
from crossres.io.inputs import find_input
from crossres.types import Trust


def describe(
    path: str | Path,
    series: str | None = None,
    *,
    parameter: str = "series",
    trust: Trust | None = None,
) -> dict[str, object]:
    """Describe a scan: its grid, its values, and the fields of its format.

    Args:
        path: A ``.nii`` or ``.nii.gz``, a folder of DICOM files, or one DICOM file of the series.
        series: The series, as :func:`read` takes it.
        parameter: Name of ``series`` in error messages.
        trust: As :func:`read` takes it.

    Returns:
        ``shape``, ``spacing_mm``, ``fov_mm``, ``axes`` (such as ``"RAS"``), ``oblique_degrees``
        (largest angle between a voxel axis and its world axis), ``dtype`` (on disk), ``range``
        (scaled) and ``zero_percent``; of NIfTI ``space``, ``sform_code`` and ``qform_code``; of
        DICOM ``series``, ``modality`` and ``files``; where a slice thickness is stated,
        ``slice_thickness_mm``, ``slice_distance_mm``, ``slice_axis`` and ``slice_thickness_from``.

    Raises:
        FileFormatError: Missing, damaged, or neither NIfTI nor DICOM.
        SettingsError: Several series, or none that matches; the message lists them.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: No position in the world, or slices that make no regular grid.
    """
    scan = find_input(path, series, parameter=parameter)
    volume = scan.read(trust=trust)
    slices = scan.slices.described(volume.grid)
    if scan.series is None:
        codes = nifti.read_codes(scan.path, trust=trust)
        return {**place(volume.grid), **slices, "space": volume.space, **codes, **contents(volume)}
    origin = {"modality": scan.series.modality, "files": len(scan.series.files)}
    return {"series": scan.name, **place(volume.grid), **slices, **origin, **contents(volume)}
