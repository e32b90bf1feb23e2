"""Voxels of formats that hold numbers as they are, without scale factor: MGH and NRRD."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from crossres.io.nifti.header import MOST_VOXELS
from crossres.io.nifti.voxels import check_finite, scaled
from crossres.types import FileFormatError, GridError, SettingsError, Shape3, Space, VolumeError
from crossres.volume import Grid, Volume, check_plausible


def check_shape(shape: Sequence[int], path: Path) -> Shape3:
    """Return the size of an image, which must be one in three dimensions.

    Args:
        shape: Number of voxels along each axis of the file.
        path: The file, for errors.

    Returns:
        The first three.

    Raises:
        FileFormatError: An axis without voxels.
        VolumeError: Another number of dimensions, several images, or too many voxels.
    """
    if len(shape) < 3 or set(shape[3:]) - {1}:
        raise VolumeError(f"{path} holds an image of {tuple(shape)}; give one 3-D image")
    if min(shape) < 1:
        raise FileFormatError(f"{path} has axes of {tuple(shape)} voxels; convert it anew")
    if int(np.prod(shape, dtype=object)) > MOST_VOXELS:
        raise VolumeError(f"{path} has more than {MOST_VOXELS} voxels; crop it")
    return int(shape[0]), int(shape[1]), int(shape[2])


def placed(affine: NDArray[Any], shape: Shape3, path: Path) -> Grid:
    """Return the grid of a header.

    Args:
        affine: From voxel indices to RAS+ mm.
        shape: Number of voxels.
        path: The file, for errors.

    Returns:
        The grid.

    Raises:
        GridError: A place that is impossible or implausible.
    """
    try:
        grid = Grid(shape, affine)
        check_plausible(grid)
    except GridError as error:
        raise GridError(f"{path}: {error}") from error
    return grid


def volume_of(
    content: bytes | bytearray, dtype: DTypeLike, grid: Grid, space: Space, path: Path
) -> Volume:
    """Return the image of stored numbers.

    Args:
        content: The first axis varies fastest.
        dtype: As they are stored.
        grid: Their grid.
        space: Meaning of its world coordinates.
        path: The file, for errors.

    Returns:
        The image.

    Raises:
        FileFormatError: Fewer numbers than the grid has voxels.
        VolumeError: NaN or infinite values, or zero everywhere.
    """
    dtype = np.dtype(dtype)
    size = int(np.prod(grid.shape, dtype=object)) * dtype.itemsize
    if len(content) < size:
        raise FileFormatError(
            f"{path} is truncated: its header states {size} bytes of voxels, and {len(content)} "
            "are there; get a new copy of it"
        )
    stored = np.frombuffer(content, dtype).reshape(grid.shape, order="F")
    data = scaled(stored, (1.0, 0.0), path)
    if not data.any():
        raise VolumeError(f"{path} is zero everywhere; give the image itself")
    return Volume(data, grid, space=space, stored_dtype=dtype.name)


def to_store(
    volume: Volume, path: Path, dtype: str | None, possible: Sequence[str]
) -> NDArray[Any]:
    """Return the numbers to store: in the type of the source where it holds them, else float32.

    Args:
        volume: The image.
        path: The file to be made, for errors.
        dtype: Type on disk, or None.
        possible: Types of the format.

    Returns:
        ``(i, j, k)``.

    Raises:
        VolumeError: NaN or infinite voxels.
        SettingsError: A type that the format has not, or that does not hold the values.
    """
    check_finite(volume.data, path)
    own = volume.stored_dtype or "float32"
    name = dtype or (own if own in possible and _holds(volume, own) else "float32")
    if name not in possible:
        raise SettingsError(f"cannot store {name!r}; choose one of {', '.join(possible)}")
    if not _holds(volume, name):
        raise SettingsError(
            f"cannot store these values as {name} without a scale factor, which only NIfTI has; "
            "choose float32"
        )
    return volume.data.astype(name)


def _holds(volume: Volume, name: str) -> bool:
    """Return whether all values are numbers of a type."""
    if np.dtype(name).kind == "f":
        return True
    limits, data = np.iinfo(name), volume.data
    inside = limits.min <= float(data.min()) and float(data.max()) <= limits.max
    return inside and all(np.array_equal(plane, np.rint(plane)) for plane in data)
