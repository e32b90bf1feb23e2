"""Volume and Pair: images with their place in the world."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from crossres.types import (
    AnyAffine,
    AnyArray3,
    Flips,
    GridError,
    Order,
    Shape3,
    Space,
    Triple,
    VolumeError,
)
from crossres.volume.grid import Grid


@dataclass(frozen=True, eq=False)
class Volume:
    """An image on a grid.

    Args:
        data: Intensities, ``(i, j, k)``, any range; kept as float32.
        grid: Where the voxels are.
        space: What the world coordinates mean (the NIfTI xform code).
        stored_dtype: Name of the data type in the file (``"int16"``); None without a file.
        frame: Identifier of the examination's world coordinates (in DICOM the Frame of Reference
            UID); None where it is unknown.

    Raises:
        VolumeError: Data that is not 3-D and real.
        GridError: Data whose shape is not the grid's.

    Example:
        >>> volume = Volume(np.zeros((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> volume
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
        >>> np.asarray(volume).dtype, volume.to_nibabel().shape
        (dtype('float32'), (4, 5, 6))
    """

    data: AnyArray3
    grid: Grid
    space: Space = "scanner"
    stored_dtype: str | None = field(default=None)
    frame: str | None = field(default=None)

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        if data.ndim != 3 or np.iscomplexobj(data):
            raise VolumeError(f"wanted a real 3-D image, got {data.ndim}-D {data.dtype}")
        if data.shape != self.grid.shape:
            raise GridError(f"data of shape {data.shape} does not fit a grid of {self.grid.shape}")
        # Tensors share the memory, and torch requires that it can be written to.
        object.__setattr__(self, "data", np.require(data, np.float32, ["C", "W"]))

    @property
    def shape(self) -> Shape3:
        """Number of voxels along i, j, k."""
        return self.grid.shape

    @property
    def affine(self) -> AnyAffine:
        """4 x 4 matrix from voxel indices to RAS+ mm."""
        return self.grid.affine

    @property
    def spacing(self) -> Triple:
        """Voxel size along i, j, k in mm."""
        return self.grid.spacing

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the data, so that ``np.asarray(volume)`` works."""
        return np.array(self.data, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.shape))
        spacing = " x ".join(f"{d:.4g}" for d in self.spacing)
        return f"Volume({size}, {spacing} mm, {self.space})"

    @classmethod
    def from_nibabel(cls, image: Any) -> Volume:
        """Return an image of nibabel as a volume.

        Args:
            image: Any spatial image with ``dataobj``, ``affine`` and ``header``.

        Returns:
            The volume, float32, with voxel axes as in the image.

        Raises:
            VolumeError: Not one real, finite 3-D image.
            GridError: No affine, or a singular one.

        Example:
            >>> import nibabel as nib
            >>> image = nib.Nifti1Image(np.zeros((4, 5, 6)), np.diag([2.0, 2.0, 3.0, 1.0]))
            >>> Volume.from_nibabel(image).spacing
            (2.0, 2.0, 3.0)
        """
        from crossres.volume.nibabel_image import parts_of  # of no use to most programs

        data, grid, space, stored = parts_of(image)
        return cls(data, grid, space=space, stored_dtype=stored)

    def to_nibabel(self) -> Any:
        """Return the volume as ``nibabel.Nifti1Image``, float32, sharing its memory.

        Returns:
            The image; its affine is both sform and qform, in mm, or the sform alone where it is
            sheared.
        """
        from crossres.volume.nibabel_image import image_of

        return image_of(self.data, self.grid, self.space)

    def with_data(self, data: AnyArray3, grid: Grid | None = None) -> Volume:
        """Return a volume with other data, and another grid where given.

        Args:
            data: ``(i, j, k)``.
            grid: Its grid; that of this volume by default.

        Returns:
            The volume, with the same space, stored data type and frame of reference.

        Raises:
            VolumeError: Data that is not 3-D and real.
            GridError: Data whose shape is not the grid's.
        """
        return replace(self, data=data, grid=self.grid if grid is None else grid)

    def reordered(self, order: Order, flips: Flips) -> Volume:
        """Return the same image with its axes in another order.

        Args:
            order: Old axis of each new axis.
            flips: Which of the new axes are reversed.

        Returns:
            The volume; every voxel stays where it is in the world.
        """
        axes = tuple(axis for axis, flip in enumerate(flips) if flip)
        data = np.flip(np.transpose(self.data, order), axes)
        return self.with_data(data, self.grid.reordered(order, flips))

    def canonical(self) -> Volume:
        """Return the same image with voxel axes nearest to R, A, S.

        Returns:
            The volume, without interpolation.
        """
        return self.reordered(*self.grid.axis_order())

    def restored(self, order: Order, flips: Flips) -> Volume:
        """Undo :meth:`reordered`.

        Args:
            order: As given to :meth:`reordered`.
            flips: As given to :meth:`reordered`.

        Returns:
            The volume with its former axes.
        """
        inverse = (order.index(0), order.index(1), order.index(2))
        flipped = (flips[inverse[0]], flips[inverse[1]], flips[inverse[2]])
        return self.reordered(inverse, flipped)


@dataclass(frozen=True, eq=False)
class Pair:
    """One subject: a coarse target and, on the fine grid, its guide.

    Args:
        target: The contrast to enhance, y, on the coarse grid.
        fine: Grid of the result; voxel edges coincide with the target's.
        guide: The other contrast, g, on the fine grid; None for unguided work.

    Raises:
        GridError: The grids do not share their edges, or the guide is not on the fine grid.

    Example:
        >>> target = Volume(np.zeros((4, 4, 6)), Grid((4, 4, 6), np.diag([2.0, 2.0, 1.0, 1.0])))
        >>> fine = target.grid.refined((2, 2, 1))
        >>> Pair(target, fine, Volume(np.zeros(fine.shape), fine)).guide.shape
        (8, 8, 6)
    """

    target: Volume
    fine: Grid
    guide: Volume | None = None

    def __post_init__(self) -> None:
        if not self.target.grid.shares_edges(self.fine):
            raise GridError(
                "target and fine grid must cover the same field of view; "
                "make the fine grid with target.grid.refined(...)"
            )
        if self.guide is not None and not self.guide.grid.is_close(self.fine):
            raise GridError("the guide is not on the fine grid; resample it there first")
