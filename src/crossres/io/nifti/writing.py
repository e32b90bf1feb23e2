"""NIfTI files out: in full or not at all, in the type of the source where that holds the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from crossres.files import atomic
from crossres.files.outputs import NIFTI
from crossres.io.nifti.voxels import check_finite
from crossres.types import Array3, FileFormatError, SettingsError
from crossres.volume import Volume
from crossres.volume.nibabel_image import set_place

_DTYPES = ("uint8", "int8", "int16", "uint16", "int32", "float32", "float64")
_LARGEST_ERROR = 1e-4


def write(
    volume: Volume, path: str | Path, *, dtype: str | None = None, overwrite: bool = False
) -> None:
    """Write an image with its affine as both sform and qform, in mm, in full or not at all.

    The code of both is that of ``volume.space``. ``"unknown"`` is written as 0 where the grid lies
    as readers place such a file (that of a scan of code 0, made finer or coarser), else as 2,
    "aligned to another file". An affine that fits no qform (sheared) is written as sform only.
    Without ``dtype`` what came from integers goes back to integers: exactly, in its own type, where
    it still holds whole numbers, else as (u)int16 with a scale factor, wrong by less than 1e-4 of
    its range; everything else is float32. Zero stays exactly zero.

    Args:
        volume: The image, ``(i, j, k)``, any range.
        path: A name that ends in ``.nii`` or ``.nii.gz``.
        dtype: Type on disk: uint8, int8, int16, uint16, int32, float32 or float64. Integers get a
            scale factor unless the image holds whole numbers that fit.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        FileFormatError: A name with another ending.
        VolumeError: NaN or infinite voxels.
        SettingsError: An unknown ``dtype``, or an unsigned one for negative values.
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.

    Example:
        >>> import tempfile
        >>> from crossres.io import read
        >>> from crossres.volume import Grid
        >>> image = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> path = Path(tempfile.mkdtemp()) / "ones.nii.gz"
        >>> write(image, path)
        >>> read(path)
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
    """
    path = Path(path)
    if not path.name.endswith(NIFTI):
        raise FileFormatError(f"cannot write {path.name}: give a name ending in .nii or .nii.gz")
    check_finite(volume.data, path)
    with atomic(path, overwrite=overwrite) as temporary:
        values, slope = _encode(volume.data, dtype or _default_dtype(volume))
        image = nib.Nifti1Image(values, volume.grid.affine)
        image.header.set_slope_inter(slope, 0)
        set_place(image, volume.grid, volume.space)
        nib.save(image, temporary)


def _default_dtype(volume: Volume) -> str:
    """Choose the type on disk from the type of the source and the present values."""
    stored, data = volume.stored_dtype, volume.data
    if stored is None or np.dtype(stored).kind not in "iu":
        return "float32"
    for name in (stored, "int16", "uint16", "int32"):
        if name in _DTYPES and _fits(data, name):
            return name
    name = "uint16" if stored == "uint16" and data.min() >= 0 else "int16"
    # No intercept is stored, so that zero stays exact: values far from zero get too coarse steps.
    return name if _slope(data, name) / 2 < _LARGEST_ERROR * float(np.ptp(data)) else "float32"


def _fits(data: Array3, name: str) -> bool:
    """Return whether all voxels are whole numbers within the range of an integer type."""
    limits = np.iinfo(name)
    inside = limits.min <= float(data.min()) and float(data.max()) <= limits.max
    return inside and all(np.array_equal(plane, np.rint(plane)) for plane in data)


def _slope(data: Array3, name: str) -> float:
    """Return the scale factor, in the header's float32, that fits the values to an integer type."""
    step = np.float32(float(np.abs(data).max()) / np.iinfo(name).max)
    return float(max(step, np.finfo(np.float32).tiny))


def _encode(data: Array3, name: str) -> tuple[NDArray[Any], float]:
    """Return the numbers to store, and the slope that converts them to values."""
    if name not in _DTYPES:
        raise SettingsError(f"cannot store {name!r}; choose one of {', '.join(_DTYPES)}")
    if np.dtype(name).kind == "f" or _fits(data, name):
        return data.astype(name), 1.0
    limits, slope = np.iinfo(name), _slope(data, name)
    if data.min() < 0 and limits.min == 0:
        raise SettingsError(f"cannot store {data.min():g} as {name}; choose int16 or float32")
    stored = np.empty(data.shape, name)
    for plane, into in zip(data, stored, strict=True):  # planes fit into the cache
        steps = np.rint(plane.astype(np.float64) / slope)
        np.clip(steps, limits.min, limits.max, out=into, casting="unsafe")
    return stored, slope
