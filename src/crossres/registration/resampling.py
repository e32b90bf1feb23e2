"""Resample a volume on another grid, anti-aliased where the volume is the finer one."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from scipy import ndimage

from crossres.registration.transform import RigidTransform
from crossres.types import (
    Affine,
    Array3,
    Mask3,
    Triple,
    VolumeError,
)
from crossres.volume import Grid, Volume

Interpolation: TypeAlias = Literal["linear", "cubic"]
"""Linear, or a cubic B-spline."""
_SPLINE_ORDER = {"linear": 1, "cubic": 3}
_FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))
_SAME_GRID_MM = 1e-3


def antialias_fwhm(volume_grid: Grid, grid: Grid, transform: RigidTransform) -> Triple:
    """Return the blur that resampling needs, as the FWHM in mm along each axis of the volume.

    Both images are taken to have a Gaussian point spread with the FWHM of their grid. The width
    required along the volume's axis a is that of the grid's point spread along this axis,
    ``w_a^2 = sum_b (u_a . R v_b)^2 d_b^2`` with u, v the unit vectors of the volume's and the
    grid's axes, R the rotation and d the grid's FWHM; the volume already has its own FWHM
    ``s_a``: ``FWHM_a = sqrt(max(0, w_a^2 - s_a^2))``. For an oblique mapping this keeps the
    diagonal of the point spread's covariance in the volume's axes and drops the rest.

    Args:
        volume_grid: Grid of the volume that is resampled.
        grid: Grid of the result.
        transform: From the world of ``grid`` to the world of the volume.

    Returns:
        FWHM in mm along the volume's i, j, k; 0 where the volume is no finer than the grid.

    References:
        Cardoso et al. 2015, Scale factor point spread function matching,
        doi:10.1007/978-3-319-24571-3_81, eq. 4 (difference of the covariances).

    Example:
        >>> fine = Grid((6, 6, 6), np.eye(4))
        >>> antialias_fwhm(fine, fine.coarsened((2, 1, 1)), RigidTransform.identity())
        (1.7320508075688772, 0.0, 0.0)
    """
    units = volume_grid.affine[:3, :3] / np.array(volume_grid.spacing)
    steps = transform.matrix[:3, :3] @ grid.affine[:3, :3] / np.array(grid.spacing)
    required = ((units.T @ steps) ** 2) @ np.square(grid.fwhm)
    x, y, z = np.sqrt(np.maximum(required - np.square(volume_grid.fwhm), 0)).tolist()
    return (x, y, z)


def resolution_along(
    volume_grid: Grid, grid: Grid, transform: RigidTransform | None = None
) -> Triple:
    """Return the width of a volume's voxels along the axes of another grid.

    Args:
        volume_grid: Grid of the volume.
        grid: Grid whose axes are meant.
        transform: From the world of ``grid`` to the world of the volume; None: the same world.

    Returns:
        FWHM in mm along i, j, k of ``grid``.

    Example:
        >>> fine, thick = np.eye(4), np.diag([1.0, 2.0, 3.0, 1.0])
        >>> resolution_along(Grid((4, 4, 4), thick), Grid((4, 4, 4), fine))
        (1.0, 2.0, 3.0)
    """
    rotation = np.eye(3) if transform is None else transform.matrix[:3, :3]
    units = rotation @ grid.affine[:3, :3] / np.array(grid.spacing)
    own = volume_grid.affine[:3, :3] / np.array(volume_grid.spacing)
    x, y, z = np.sqrt(((units.T @ own) ** 2) @ np.square(volume_grid.fwhm)).tolist()
    return (x, y, z)


def _index_matrix(volume_grid: Grid, grid: Grid, transform: RigidTransform) -> Affine:
    """Return the 4 x 4 matrix from voxel indices of ``grid`` to those of the volume."""
    matrix: Affine = np.linalg.solve(volume_grid.affine, transform.matrix @ grid.affine)
    # Rounding noise of 1e-16 off the diagonal would move border voxels out of the field of view.
    rounded: Affine = np.round(matrix, 9)
    return rounded


def field_of_view(volume_grid: Grid, grid: Grid, transform: RigidTransform | None = None) -> Mask3:
    """Mark the voxels of ``grid`` whose centres lie within the voxel edges of another grid.

    Args:
        volume_grid: Grid whose field of view is meant.
        grid: Grid whose voxels are marked.
        transform: From the world of ``grid`` to the world of ``volume_grid``; None: the same world.

    Returns:
        Mask of ``grid.shape``.

    Example:
        >>> left = Grid((2, 4, 4), np.eye(4))
        >>> field_of_view(left, Grid((4, 4, 4), np.eye(4)))[:, 0, 0].tolist()
        [True, True, False, False]
    """
    matrix = _index_matrix(volume_grid, grid, transform or RigidTransform.identity())
    inside = np.ones(grid.shape, dtype=np.bool_)
    i, j, k = np.ogrid[tuple(slice(n) for n in grid.shape)]
    for row, size in zip(matrix[:3], volume_grid.shape, strict=True):
        indices = row[0] * i + row[1] * j + row[2] * k + row[3]
        inside &= (indices >= -0.5) & (indices <= size - 0.5)
    return inside


def _antialiased(volume: Volume, grid: Grid, transform: RigidTransform) -> Array3:
    """Return the volume's intensities, blurred for a coarser grid."""
    fwhm = np.array(antialias_fwhm(volume.grid, grid, transform))
    if not fwhm.any():
        return volume.data
    sigma = fwhm / np.array(volume.grid.spacing) / _FWHM_PER_SIGMA
    blurred: Array3 = ndimage.gaussian_filter(volume.data, sigma, mode="nearest")
    return blurred


def resample(
    volume: Volume,
    grid: Grid,
    transform: RigidTransform | None = None,
    *,
    interpolation: Interpolation = "cubic",
) -> Volume:
    """Return the volume on another grid.

    Where the volume is finer than the grid it is blurred first (see :func:`antialias_fwhm`).
    Between the outermost voxel centres and the voxel edges the border value goes on; beyond is 0.
    Values stay within the input's range, so that cubic overshoot makes nothing negative. Without a
    transform and on the same grid (to 0.001 mm) the voxels are copied exactly.

    Args:
        volume: Image to resample, for example the guide.
        grid: Grid of the result, for example the target's fine grid.
        transform: From the world of ``grid`` (target) to the world of ``volume`` (guide); None for
            the identity. :func:`~crossres.registration.register_rigid` finds it.
        interpolation: ``"cubic"`` (B-spline) or ``"linear"``.

    Returns:
        The image on ``grid``, in the volume's intensities. With a transform (the identity too) it
        lies in the target's world, and its space is "aligned".

    Raises:
        VolumeError: NaN or infinite voxels.

    Example:
        >>> fine = Grid((4, 4, 4), np.eye(4))
        >>> resample(Volume(np.ones((4, 4, 4)), fine), fine.coarsened(2)).data.mean()
        np.float32(1.0)
    """
    if transform is not None:
        volume = replace(volume, space="aligned", frame=None)
    transform = transform or RigidTransform.identity()
    if transform.is_identity and volume.grid.is_close(grid, tolerance=_SAME_GRID_MM):
        return volume.with_data(volume.data, grid)
    if not np.isfinite(volume.data).all():
        raise VolumeError("the image has NaN or infinite voxels; replace them before resampling")
    data = ndimage.affine_transform(
        _antialiased(volume, grid, transform),
        _index_matrix(volume.grid, grid, transform),
        output_shape=grid.shape,
        output=np.float32,
        order=_SPLINE_ORDER[interpolation],
        mode="nearest",
    )
    data = np.clip(data, volume.data.min(), volume.data.max())
    data[~field_of_view(volume.grid, grid, transform)] = 0
    return volume.with_data(data, grid)
