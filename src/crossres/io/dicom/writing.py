"""A volume as a derived MR series in the study of its source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import DSfloat

from crossres.files import atomic_series
from crossres.io.dicom.derived import derived_header
from crossres.io.dicom.frames import silent
from crossres.io.dicom.references import source_images
from crossres.io.dicom.series import Series
from crossres.types import Array3, GridError, Progress, SettingsError, VolumeError
from crossres.volume import Grid, Volume

_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SQUARE = 1e-3
_LARGEST_ERROR = 1e-3
_WINDOW_PERCENT = (1.0, 99.5)


def write_series(
    volume: Volume,
    folder: str | Path,
    *,
    source: Series,
    derivation: str,
    name: str | None = None,
    others: Sequence[Series] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> None:
    r"""Write a volume as a derived MR series into a new folder, in full or not at all.

    Patient, study and frame of reference are those of the source. Series and images are new, of
    type ``DERIVED\SECONDARY``, and refer to the source images. Private tags are dropped. Numbers
    are stored as 16-bit integers: unchanged if they are whole, rounded if the error is at most 1e-3
    of the range, else with a scale factor, which is rare in MR images.

    Args:
        volume: The image, ``(i, j, k)``, in the source's frame of reference; each k is an image.
        folder: The folder to be made; its files are ``0001.dcm`` and so on.
        source: The series from which it was computed.
        derivation: Description of the processing for readers of the images; up to 1024 characters.
        name: Description of the new series; by default that of the source with "crossres" appended.
        others: Further series that were used, such as the guide.
        overwrite: Whether a folder that holds such a series may be replaced.
        progress: Called with (images written, total images).

    Raises:
        SettingsError: The source is no MR.
        GridError: A sheared grid.
        VolumeError: NaN or infinite voxels.
        OutputExistsError: The folder exists and may not be replaced.
        OutputWriteError: The parent folder is missing or read-only, or the disk is full.

    Example:
        >>> source = find_series("export", "t2")  # doctest: +SKIP
        >>> write_series(volume, "T2_fine", source=source, derivation="finer")  # doctest: +SKIP
    """
    _check(volume, source)
    with atomic_series(folder, overwrite=overwrite) as temporary, silent():
        header = derived_header(
            source.source_header,
            name=name or f"{source.label} crossres".strip(),
            derivation=derivation,
            when=datetime.now(),
        )
        _set_geometry(header, volume.grid, source)
        values = _stored(header, volume.data)
        for k in range(volume.grid.shape[2]):
            _set_identity(header, volume.grid, k)
            header.SourceImageSequence = source_images((source, *others), volume.grid, k)
            header.PixelData = np.ascontiguousarray(values[:, :, k].T).tobytes()
            header.save_as(temporary / f"{k + 1:04d}.dcm", enforce_file_format=True)
            if progress is not None:
                progress(k + 1, volume.grid.shape[2])


def _check(volume: Volume, source: Series) -> None:
    """Check that DICOM images of MR can hold the volume."""
    if source.modality != "MR":
        raise SettingsError(
            f"series {source.name!r} is {source.modality}; only MR can be written as DICOM, "
            "so give a name ending in .nii.gz"
        )
    if not np.isfinite(volume.data).all():
        raise VolumeError("the volume has NaN or infinite voxels; replace them, such as by 0")
    axes = volume.grid.affine[:3, :3] / volume.grid.spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SQUARE:
        raise GridError("the grid is sheared, which DICOM cannot store; write a .nii.gz")


def _ds(number: float) -> DSfloat:
    """Return a number as a decimal string of at most 16 characters."""
    return DSfloat(float(number), auto_format=True)


def _set_geometry(header: Dataset, grid: Grid, source: Series) -> None:
    """Set the geometry that all images share: size, spacing, thickness and orientation."""
    affine, (columns, rows, _) = _TO_LPS @ grid.affine, grid.shape
    between_columns, between_rows, between_slices = grid.spacing
    header.Rows, header.Columns = rows, columns
    header.PixelSpacing = [_ds(between_rows), _ds(between_columns)]
    header.SpacingBetweenSlices = _ds(between_slices)
    # Slices that are those of the source keep its thickness, which may differ from their distance.
    thickness = source.frames[0].thickness
    kept = np.allclose(grid.affine[:3, 2], source.grid.affine[:3, 2], atol=1e-3)
    header.SliceThickness = _ds(thickness if kept and thickness else between_slices)
    directions = (affine[:3, :2] / (between_columns, between_rows)).T
    header.ImageOrientationPatient = [_ds(n) for n in directions.ravel()]


def _set_identity(header: Dataset, grid: Grid, k: int) -> None:
    """Set the number, the UID and the position of one image."""
    header.InstanceNumber = k + 1
    header.SOPInstanceUID = generate_uid(prefix=None)
    position = (_TO_LPS @ grid.affine @ (0, 0, k, 1))[:3]
    header.ImagePositionPatient = [_ds(n) for n in position]
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian


def _stored(header: Dataset, data: Array3) -> NDArray[Any]:
    """Choose the pixel format, set it in the header, and return the numbers to store."""
    signed = bool(data.min() < 0)
    limit = 2**15 - 1 if signed else 2**16 - 1
    largest = float(np.abs(data).max())
    step = 1.0
    whole = bool((data == np.rint(data)).all())
    if largest > limit or not (whole or _LARGEST_ERROR * float(np.ptp(data)) >= 0.5):
        step = float(_ds(largest / limit))
        header.RescaleIntercept, header.RescaleSlope, header.RescaleType = 0, _ds(step), "US"
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    header.PixelRepresentation = int(signed)
    _set_window(header, data)
    steps = np.clip(np.rint(data / step), -limit if signed else 0, limit)
    return steps.astype("<i2" if signed else "<u2")


def _set_window(header: Dataset, data: Array3) -> None:
    """Set the display window; the standard allows no width below 1."""
    inside = data[data != 0]
    low, high = np.percentile(inside, _WINDOW_PERCENT) if inside.size else (0.0, 1.0)
    if high - low >= 1:
        header.WindowCenter, header.WindowWidth = _ds((low + high) / 2), _ds(high - low)
