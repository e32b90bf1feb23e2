"""Exchange with images of nibabel in memory; nibabel itself is loaded only to make one."""

from __future__ import annotations

import warnings
from typing import Any, Protocol, runtime_checkable

import numpy as np

from crossres.types import (
    Affine,
    AnyAffine,
    AnyArray3,
    CrossresWarning,
    GridError,
    Space,
    VolumeError,
)
from crossres.volume.grid import Grid
from crossres.volume.header_place import MM_PER_UNIT, SPACES, place_of

# Code 1 claims the scanner's own origin; 2 is "coordinates aligned to another file's", which an
# output with a place of its own is.
CODES: dict[Space, int] = {"unknown": 2, "scanner": 1, "aligned": 2, "talairach": 3, "mni": 4}
QFORM_TOLERANCE = 0.1
"""Largest deviation of the qform, in mm and in voxels; beyond it only the sform is written. Near a
rotation by 180 degrees float32 quaternions are off by up to 1e-3 rad."""


@runtime_checkable
class Header(Protocol):
    """The header of an image of nibabel, or a dictionary of some of its fields."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the value of a field."""


def parts_of(image: Any) -> tuple[AnyArray3, Grid, Space, str]:
    """Return what a volume takes from an image of nibabel.

    Args:
        image: Any spatial image with ``dataobj``, ``affine`` and ``header``; one real 3-D image.
            Trailing axes of length 1 are dropped. Lengths are converted to mm where a NIfTI header
            names another unit. What else its header states about the place is warned of.

    Returns:
        Data ``(i, j, k)``, grid, space, and the name of the stored data type.

    Raises:
        VolumeError: Not one finite 3-D image.
        GridError: No affine, or an impossible or implausible one.

    Example:
        >>> import nibabel as nib
        >>> image = nib.Nifti1Image(np.ones((4, 5, 6)), np.diag([2.0, 2, 2, 1]))
        >>> parts_of(image)[1].spacing
        (2.0, 2.0, 2.0)
    """
    data = np.asanyarray(image.dataobj)
    if data.ndim < 3 or set(data.shape[3:]) - {1}:
        raise VolumeError(f"an image of shape {data.shape} is not 3-D; select one volume of it")
    if image.affine is None:
        raise GridError("the image has no affine; set one that maps voxels to RAS+ mm")
    if not np.isfinite(data).all():
        raise VolumeError("the image has NaN or infinite voxels; replace them, such as by 0")
    data = data.reshape(data.shape[:3])
    header: Header = image.header if hasattr(image.header, "get_sform") else {}
    grid = Grid((data.shape[0], data.shape[1], data.shape[2]), _affine(image.affine, header))
    for note in place_of(header, grid.shape).notes if header else ():
        warnings.warn(f"the image {note}", CrossresWarning, stacklevel=1)
    return data, grid, space_of(header), np.dtype(image.get_data_dtype()).name


def space_of(header: Header) -> Space:
    """Return the meaning of the affine that nibabel takes from a NIfTI header.

    Args:
        header: With ``sform_code`` and ``qform_code``; another kind of header is empty.

    Returns:
        The space of the sform if its code is above 0, else of the qform, else "unknown".
    """
    if not header:
        return "scanner"
    codes = (int(header["sform_code"]), int(header["qform_code"]))
    used = next((code for code in codes if code != 0), None)
    return "unknown" if used is None else SPACES.get(used, "aligned")


def _affine(affine: AnyAffine, header: Header) -> Affine:
    unit = int(header["xyzt_units"]) & 7 if header else 2
    scaled = np.array(affine, dtype=np.float64)
    scaled[:3] *= MM_PER_UNIT.get(unit, 1.0)
    return scaled


def image_of(data: AnyArray3, grid: Grid, space: Space) -> Any:
    """Return ``nibabel.Nifti1Image`` of data on a grid, sharing their memory.

    Args:
        data: ``(i, j, k)``.
        grid: Their grid.
        space: The meaning of the grid's world coordinates.

    Returns:
        The image; its affine is both sform and qform (or the sform alone where it is sheared), in
        mm, with the code of the space.

    Example:
        >>> image_of(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)), "scanner").shape
        (4, 5, 6)
    """
    import nibabel as nib

    image = nib.Nifti1Image(data, grid.affine)
    set_place(image, grid, space)
    return image


def set_place(image: Any, grid: Grid, space: Space) -> None:
    """Write a grid into the header of an image of nibabel.

    An affine that fits no qform (sheared) is written as sform only. A grid without a known place
    is written with code 0 if it lies where readers put such a file, else with code 2.

    Args:
        image: The image, changed in place.
        grid: Where its voxels are.
        space: The meaning of the grid's world coordinates.
    """
    image.header.set_xyzt_units("mm", "sec")
    if space == "unknown" and _is_unplaced(image, grid):
        return
    code = CODES[space]
    image.set_sform(grid.affine, code)
    image.set_qform(grid.affine, code, strip_shears=True)
    tolerance = QFORM_TOLERANCE * min(1.0, *grid.spacing)
    if not Grid(grid.shape, image.get_qform()).is_close(grid, tolerance=tolerance):
        image.set_qform(None, 0)


def _is_unplaced(image: Any, grid: Grid) -> bool:
    """Set both codes of an image to 0, and return whether its voxels remain where the grid is."""
    image.set_sform(np.zeros((4, 4)), 0)
    image.set_qform(np.diag([*grid.spacing, 1.0]), 0)
    return grid.is_close(Grid(grid.shape, image.affine))
