"""NIfTI files in and out: any orientation, scaling, integer or float, NIfTI-1 or NIfTI-2.

World coordinates of NIfTI are RAS+ already. This module adds the conversion of units, the choice
between sform and qform, and the check that a file is one real, finite, non-empty 3-D image.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any, TypeAlias

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from crossres.files import atomic
from crossres.files.outputs import NIFTI
from crossres.io.describing import contents, place
from crossres.types import Array3, FileFormatError, GridError, SettingsError, VolumeError
from crossres.volume import Grid, Volume
from crossres.volume.nibabel_image import MM_PER_UNIT, set_place, space_of

Header: TypeAlias = Any
"""nibabel's Nifti1Header or Nifti2Header (nibabel is not followed by the type checker)."""

_KINDS = ((nib.Nifti1Header, 348, b"n+1"), (nib.Nifti2Header, 540, b"n+2"))
_DTYPES = ("uint8", "int8", "int16", "uint16", "int32", "float32", "float64")
_LARGEST_ERROR = 1e-4
_SILENT = logging.Logger("crossres.io.nifti", level=logging.CRITICAL)


def read(path: str | Path) -> Volume:
    """Read one 3-D image, with its scaling applied, as float32.

    The affine comes from the sform if its code is above 0, else from the qform, else from the voxel
    sizes alone (space ``"unknown"``). Lengths are converted to mm; a file that does not state its
    unit is taken to be in mm. Trailing axes of length 1 are dropped.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.

    Returns:
        The image, ``(i, j, k)``, in the file's own units, with voxel axes as stored.

    Raises:
        FileFormatError: The file is missing, is not a NIfTI, or is truncated or damaged.
        VolumeError: Not 3-D, complex, colour, NaN or infinite voxels, or zero everywhere.
        GridError: Voxel sizes that are not above 0, or a singular affine.

    Example:
        >>> t2 = read("sub-01_T2w.nii.gz")  # doctest: +SKIP
        >>> t2.grid.spacing  # doctest: +SKIP
        (0.5, 0.5, 4.0)
    """
    return _load(Path(path))[1]


def read_grid(path: str | Path) -> Grid:
    """Read the grid of a file without its image.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.

    Returns:
        The grid, in RAS+ mm.

    Raises:
        FileFormatError: The file is missing or is not a NIfTI.
        VolumeError: Not 3-D, complex or colour.
        GridError: Voxel sizes that are not above 0, or a singular affine.
    """
    path = Path(path)
    with _opened(path) as stream:
        return _grid(_header(stream, path), path)


def describe(path: str | Path) -> dict[str, object]:
    """Describe a file: its grid, its affine codes and its values.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.

    Returns:
        ``shape``, ``spacing_mm``, ``fov_mm``, ``axes`` (such as ``"RAS"``), ``oblique_degrees``
        (largest angle between a voxel axis and its world axis), ``space``, ``sform_code``,
        ``qform_code``, ``dtype`` (on disk), ``range`` (scaled) and ``zero_percent``.

    Raises:
        FileFormatError: The file is missing, is not a NIfTI, or is truncated or damaged.
        VolumeError: Not 3-D, complex, colour, NaN or infinite voxels, or zero everywhere.
        GridError: Voxel sizes that are not above 0, or a singular affine.
    """
    header, volume = _load(Path(path))
    return {
        **place(volume.grid),
        "space": volume.space,
        "sform_code": int(header["sform_code"]),
        "qform_code": int(header["qform_code"]),
        **contents(volume),
    }


def write(
    volume: Volume, path: str | Path, *, dtype: str | None = None, overwrite: bool = False
) -> None:
    """Write an image with its affine as both sform and qform, in mm, in full or not at all.

    The code of both is that of ``volume.space``; ``"unknown"`` is written as 2, "aligned to another
    file". An affine that fits no qform (sheared) is written as sform only. Without ``dtype`` what
    came from integers goes back to integers: exactly, in its own type, where it still holds whole
    numbers, else as (u)int16 with a scale factor, wrong by less than 1e-4 of its range;
    everything else is float32. Zero stays exactly zero.

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
        >>> image = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> path = Path(tempfile.mkdtemp()) / "ones.nii.gz"
        >>> write(image, path)
        >>> read(path)
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
    """
    path = Path(path)
    if not path.name.endswith(NIFTI):
        raise FileFormatError(f"cannot write {path.name}: give a name ending in .nii or .nii.gz")
    _check_finite(volume.data, path)
    with atomic(path, overwrite=overwrite) as temporary:
        values, slope = _encode(volume.data, dtype or _default_dtype(volume))
        image = nib.Nifti1Image(values, volume.grid.affine)
        image.header.set_slope_inter(slope, 0)
        set_place(image, volume.grid, volume.space)
        nib.save(image, temporary)


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file, decompressed if its content is gzip, and turn failures into errors about it."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield gzip.GzipFile(fileobj=raw) if packed else raw
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; check the path") from error
    except (EOFError, OSError, zlib.error, MemoryError) as error:
        raise FileFormatError(f"{path} is truncated or damaged; get a new copy of it") from error


def _header(stream: BufferedIOBase, path: Path) -> Header:
    """Read and check a header without the silent repairs of nibabel."""
    block = stream.read(540)
    sizes = {int.from_bytes(block[:4], "little"), int.from_bytes(block[:4], "big")}
    for kind, size, magic in _KINDS:
        if size in sizes and len(block) >= size:
            header = kind(block[:size], check=False)
            if header["magic"].item().startswith(magic):
                return _checked(header, path)
    raise FileFormatError(f"{path} is not a NIfTI file; give a .nii or .nii.gz (see dcm2niix)")


def _checked(header: Header, path: Path) -> Header:
    """Check that a header is of one real 3-D image."""
    shape, pixdim = header.get_data_shape(), header["pixdim"][1:4]
    if len(shape) < 3:
        raise VolumeError(f"{path} is {len(shape)}-D {shape}; give a 3-D image (stack the slices)")
    if set(shape[3:]) - {1}:
        count = int(np.prod(shape[3:]))
        raise VolumeError(f"{path} holds {count} volumes {shape}; take one out (nib-roi -t 0:1)")
    if not (np.isfinite(pixdim).all() and pixdim.min() > 0):
        raise GridError(f"{path} has voxel sizes {pixdim.tolist()}; repair pixdim: all above 0")
    try:
        header.check_fix(logger=_SILENT)
    except HeaderDataError as error:
        raise FileFormatError(f"{path} has a damaged header ({error}); convert it anew") from error
    if header.get_data_dtype().kind not in "iuf":
        kind = "complex" if header.get_data_dtype().kind == "c" else "in colour (RGB)"
        raise VolumeError(f"{path} is {kind}; give an image of single real numbers (magnitude)")
    return header


def _grid(header: Header, path: Path) -> Grid:
    """Return the grid in RAS+ mm: from the sform, else the qform, else the voxel sizes."""
    try:
        affine = np.array(header.get_best_affine(), dtype=np.float64)
    except (HeaderDataError, ValueError) as error:
        raise GridError(f"{path} has an impossible qform ({error}); repair its header") from error
    affine[:3] *= MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    try:
        return Grid(header.get_data_shape()[:3], affine)
    except GridError as error:
        raise GridError(f"{path}: {error}") from error


def _load(path: Path) -> tuple[Header, Volume]:
    """Read header and image."""
    with _opened(path) as stream:
        header = _header(stream, path)
        grid = _grid(header, path)
        data = _data(header, stream, path).reshape(grid.shape)
    if not data.any():
        raise VolumeError(f"{path} is zero everywhere; give the image itself")
    stored = header.get_data_dtype().name
    return header, Volume(data, grid, space=space_of(header), stored_dtype=stored)


def _data(header: Header, stream: BufferedIOBase, path: Path) -> NDArray[np.float32]:
    """Read the voxels, scaled."""
    try:
        with np.errstate(all="ignore"):
            data = header.data_from_fileobj(stream).astype(np.float32)
    except HeaderDataError as error:
        raise FileFormatError(f"{path} has a damaged scale factor; convert it anew") from error
    while stream.read(1 << 20):
        pass  # gzip compares its check sum at the end of the file
    _check_finite(data, path)
    return np.asarray(data)


def _check_finite(data: NDArray[np.float32], path: Path) -> None:
    """Check that all voxels are finite."""
    bad = int(data.size - np.count_nonzero(np.isfinite(data)))
    if bad:
        raise VolumeError(f"{path} has {bad} NaN or infinite voxels; replace them, such as by 0")


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
    return inside and bool(np.array_equal(data, np.rint(data)))


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
    steps = np.rint(data.astype(np.float64) / slope)
    return np.clip(steps, limits.min, limits.max).astype(name), slope
