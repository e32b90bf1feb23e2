"""A volume as a derived MR series, beside the series it came from."""

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

from crossres.files.folders import atomic_series
from crossres.io.dicom.derived import derived_header
from crossres.io.dicom.frames import dataset, silent
from crossres.io.dicom.references import source_images
from crossres.io.dicom.series import Series
from crossres.types import (
    Array3,
    GridError,
    Progress,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Volume

_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SQUARE = 1e-3
_ENOUGH = 1e-3
_WINDOW_PERCENT = (1.0, 99.5)


def write_series(
    volume: Volume,
    folder: str | Path,
    *,
    source: Series,
    how: str,
    name: str | None = None,
    others: Sequence[Series] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> None:
    r"""Write a volume as a derived MR series into a new folder, in full or not at all.

    Patient, study and frame of reference are the source's; series and images are new, of type
    ``DERIVED\SECONDARY``, and name the images they came from. Private tags are dropped. Numbers
    are stored as 16-bit integers: as they are where they are whole, or rounded where that is wrong
    by at most 1e-3 of the range; else with a scale factor, which MR images have but seldom.

    Args:
        volume: The image, ``(i, j, k)``, in the source's frame of reference; each k is a picture.
        folder: The folder to be made; ``0001.dcm`` and so on in it.
        source: The series that it was made from.
        how: How it was made, for anyone who reads the images; up to 1024 characters.
        name: Description of the new series; by default the source's with "crossres" after it.
        others: Further series that went into it, such as the guide.
        overwrite: Whether a folder that holds such a series may be replaced.
        progress: Told (pictures written, pictures in all).

    Raises:
        SettingsError: The source is no MR.
        GridError: A sheared grid.
        VolumeError: NaN or infinite voxels.
        OutputExistsError: The folder exists and may not be replaced.
        OutputWriteError: The folder around it is missing or may not be written to.

    Example:
        >>> source = find_series("export", "t2")  # doctest: +SKIP
        >>> write_series(sharper, "T2_fine", source=source, how="twice as fine")  # doctest: +SKIP
    """
    _check(volume, source)
    with atomic_series(folder, overwrite=overwrite) as temporary, silent():
        header = derived_header(
            dataset(source.places[0][0].path),
            name=name or f"{source.label} crossres".strip(),
            how=how,
            when=datetime.now(),
        )
        _place(header, volume.grid, source)
        values = _encoded(header, volume.data)
        for k in range(volume.grid.shape[2]):
            _number(header, volume.grid, k)
            header.SourceImageSequence = source_images((source, *others), volume.grid, k)
            header.PixelData = np.ascontiguousarray(values[:, :, k].T).tobytes()
            header.save_as(temporary / f"{k + 1:04d}.dcm", enforce_file_format=True)
            if progress is not None:
                progress(k + 1, volume.grid.shape[2])


def _check(volume: Volume, source: Series) -> None:
    """Refuse what DICOM pictures of MR cannot hold."""
    if source.modality != "MR":
        raise SettingsError(
            f"series {source.name!r} is {source.modality}; only MR can be written as DICOM, "
            "so give a name ending in .nii.gz"
        )
    if not np.isfinite(volume.data).all():
        raise VolumeError("the volume has NaN or infinite voxels; replace them, such as by 0")
    axes = volume.grid.affine[:3, :3] / volume.grid.spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SQUARE:
        raise GridError("the grid is sheared, which DICOM cannot say; write a .nii.gz")


def _ds(number: float) -> DSfloat:
    """Return a number as the 16 characters of a decimal string hold it."""
    return DSfloat(float(number), auto_format=True)


def _place(header: Dataset, grid: Grid, source: Series) -> None:
    """Say how the pictures lie: all but their positions."""
    affine, (columns, rows, _) = _TO_LPS @ grid.affine, grid.shape
    between_columns, between_rows, between_slices = grid.spacing
    header.Rows, header.Columns = rows, columns
    header.PixelSpacing = [_ds(between_rows), _ds(between_columns)]
    header.SpacingBetweenSlices = _ds(between_slices)
    header.SliceThickness = _ds(_thickness(grid, source))
    directions = (affine[:3, :2] / (between_columns, between_rows)).T
    header.ImageOrientationPatient = [_ds(n) for n in directions.ravel()]


def _thickness(grid: Grid, source: Series) -> float:
    """Return the source's thickness where the slices are still its own, else their distance."""
    thickness = source.frames[0].thickness
    kept = np.allclose(grid.affine[:3, 2], source.grid.affine[:3, 2], atol=1e-3)
    return thickness if kept and thickness else grid.spacing[2]


def _number(header: Dataset, grid: Grid, k: int) -> None:
    """Say which picture it is, and where."""
    header.InstanceNumber = k + 1
    header.SOPInstanceUID = generate_uid(prefix=None)
    position = (_TO_LPS @ grid.affine @ (0, 0, k, 1))[:3]
    header.ImagePositionPatient = [_ds(n) for n in position]
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian


def _encoded(header: Dataset, data: Array3) -> NDArray[Any]:
    """Choose how numbers are stored, say so in the header, and return them."""
    signed = bool(data.min() < 0)
    limit = 2**15 - 1 if signed else 2**16 - 1
    largest = float(np.abs(data).max())
    step = 1.0
    whole = bool((data == np.rint(data)).all())
    if largest > limit or not (whole or _ENOUGH * float(np.ptp(data)) >= 0.5):
        step = float(_ds(largest / limit))
        header.RescaleIntercept, header.RescaleSlope, header.RescaleType = 0, _ds(step), "US"
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    header.PixelRepresentation = int(signed)
    _window(header, data)
    steps = np.clip(np.rint(data / step), -limit if signed else 0, limit)
    return steps.astype("<i2" if signed else "<u2")


def _window(header: Dataset, data: Array3) -> None:
    """Suggest how bright to show it; a window narrower than 1 may not be said."""
    inside = data[data != 0]
    low, high = np.percentile(inside, _WINDOW_PERCENT) if inside.size else (0.0, 1.0)
    if high - low >= 1:
        header.WindowCenter, header.WindowWidth = _ds((low + high) / 2), _ds(high - low)
