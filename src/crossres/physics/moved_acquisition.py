"""The acquisition of a scan on a grid of its own, in any orientation, moved against the fine grid.

The map from voxel indices of the scan to those of the fine grid, M c + t, is split exactly into

    M = X Y Z D,

with D diagonal and X, Y, Z shears, each along one axis of the fine grid (in the order and direction
of the scan's axes). The shears turn the fine image into the orientation of the scan; along each
axis a matrix then averages over the profile, at distances of D. Each axis is resampled once. Where
the scan was not moved and its axes are those of the fine grid, this is
:class:`crossres.physics.Acquisition`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from crossres.physics.shear import LOBES, Image, Shear, lanczos
from crossres.types import Affine, GridError, Order
from crossres.volume import Grid
from crossres.volume.nearest_axes import coarser_axes, direction_cosines, nearest_axes

_FEWEST = 1e-3
"""Sum of the weights of a profile below which it lies outside the fine grid."""
_STEEPEST = 0.1
"""Least step along an axis, in steps of the scan: no rotation leads below it."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _Split:
    """The shears, the diagonal and the index 0 of the scan between them."""

    shears: Matrix
    diagonal: Matrix
    start: Matrix


class MovedAcquisition:
    """The linear map from a fine grid to a scan that lies anywhere in the world.

    Axes along which the scan is coarser than the fine grid are averaged over its profile; the
    others are interpolated.

    Args:
        fine: The grid of the estimate.
        coarse: The grid of the scan.
        motion: 4 x 4 rigid matrix from the world of ``fine`` to that of ``coarse``, RAS+ mm; by
            default they share one.

    Raises:
        GridError: Axes that are sheared too far against each other.

    References:
        Catmull and Smith 1980, doi 10.1145/800250.807505; Gholipour et al. 2010,
        doi 10.1109/TMI.2010.2051680 (scans of several orientations as one linear system).

    Example:
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> sagittal = fine.coarsened((4, 1, 1)).reordered((1, 2, 0), (False, True, False))
        >>> A = MovedAcquisition(fine, sagittal)
        >>> tuple(A.forward(torch.ones(8, 8, 8)).shape)
        (8, 8, 2)
    """

    def __init__(self, fine: Grid, coarse: Grid, motion: Affine | None = None) -> None:
        back = np.eye(4) if motion is None else np.linalg.inv(motion)
        self._order, self._flips = _matching(fine, coarse, motion)
        self._restore = tuple(int(n) for n in np.argsort(self._order))
        fine = fine.reordered(self._order, self._flips)
        index = np.linalg.solve(fine.affine, back @ coarse.affine)
        split, coarser = _split(index[:3, :3], index[:3, 3]), coarser_axes(fine, coarse, motion)
        self._profiles, first = _profiles(fine, coarse, split, coarser)
        self._shears = _shears(fine, split, first, [matrix.shape[1] for matrix in self._profiles])
        self.inside = torch.from_numpy(_inside(fine, coarse, index)).to(torch.float32)

    @property
    def mean_eigenvalue(self) -> float:
        """Mean of the eigenvalues of A A^T, of which shears change nothing to speak of."""
        rows = [matrix.square().sum(dim=1) for matrix in self._profiles]
        return math.prod(float(row[row > 0].mean()) for row in rows if bool(row.any()))

    def forward(self, x: Image) -> Image:
        """Return A x: the fine image as the scan shows it.

        Args:
            x: ``(I, J, K)`` on the fine grid.

        Returns:
            ``(i, j, k)`` on the grid of the scan; where ``inside`` is 0 the fine grid ends.
        """
        x = x.permute(self._order).flip(self._flipped)
        for shear in self._shears:
            x = shear.forward(x)
        for axis in self._coarsest_first:
            x = _along(axis, self._profiles[axis], x)
        return x

    def adjoint(self, y: Image) -> Image:
        """Return A^T y, so that <A x, y> = <x, A^T y>.

        Args:
            y: ``(i, j, k)`` on the grid of the scan.

        Returns:
            ``(I, J, K)`` on the fine grid.
        """
        for axis in reversed(self._coarsest_first):
            y = _along(axis, self._profiles[axis].T, y)
        for shear in reversed(self._shears):
            y = shear.adjoint(y)
        return y.flip(self._flipped).permute(self._restore)

    @property
    def _coarsest_first(self) -> list[int]:
        """Axes in the order in which fewest voxels are left for the others."""
        kept = [len(matrix) / matrix.shape[1] for matrix in self._profiles]
        return sorted(range(3), key=kept.__getitem__)

    @property
    def _flipped(self) -> list[int]:
        return [axis for axis, flip in enumerate(self._flips) if flip]


def _along(axis: int, matrix: Float[Tensor, "m n"], x: Image) -> Image:
    if matrix.shape[0] == matrix.shape[1] and torch.equal(matrix, torch.eye(len(matrix))):
        return x
    return (x.movedim(axis, -1) @ matrix.T).movedim(-1, axis)


def _matching(
    fine: Grid, coarse: Grid, motion: Affine | None
) -> tuple[Order, tuple[bool, bool, bool]]:
    """Return the fine axis nearest to each axis of the scan, and which of them run backwards."""
    order, cosines = nearest_axes(fine, coarse, motion), direction_cosines(fine, coarse, motion)
    i, j, k = (bool(cosines[order[axis], axis] < 0) for axis in range(3))
    return order, (i, j, k)


def _split(matrix: Matrix, shift: Matrix) -> _Split:
    """Return X Y Z D = matrix, and the place of the index 0 in the sheared image."""
    z = matrix[2, 2]
    y = matrix[1, 1] - matrix[1, 2] / z * matrix[2, 1]
    diagonal = np.array([np.linalg.det(matrix) / (y * z), y, z])
    if (diagonal < _STEEPEST * np.linalg.norm(matrix, axis=0)).any():
        raise GridError("the axes of a scan are sheared too far against those of the fine grid")
    scaled = matrix / diagonal
    last, middle = np.eye(3), np.eye(3)
    last[2] = scaled[2]
    middle[1] = [scaled[1, 0] - scaled[1, 2] * scaled[2, 0], 1.0, scaled[1, 2]]
    first = scaled @ np.linalg.inv(middle @ last)
    shears = np.stack([first, middle, last])
    return _Split(shears, diagonal, np.linalg.solve(first @ middle @ last, shift))


def _profiles(
    fine: Grid, coarse: Grid, split: _Split, coarser: tuple[bool, bool, bool]
) -> tuple[list[Tensor], list[int]]:
    """Return a matrix for each axis, and the index of the sheared image at which it begins."""
    whole = split.shears[0] @ split.shears[1] @ split.shears[2]
    corners = np.array(list(itertools.product(*((0, n - 1) for n in fine.shape)))).T
    reach = np.linalg.solve(whole, corners)
    matrices, first = [], []
    for axis, (size, spacing) in enumerate(zip(coarse.shape, coarse.spacing, strict=True)):
        step, profile = split.diagonal[axis], coarse.profiles[axis]
        averages, mm = coarser[axis], spacing / step
        centres = split.start[axis] + step * np.arange(size)
        support = profile.support / mm if averages else LOBES
        begin = math.floor(max(centres[0] - support, reach[axis].min()))
        end = math.ceil(min(centres[-1] + support, reach[axis].max()))
        places = np.arange(begin, max(end, begin) + 1)
        distance = np.round(places - centres[:, None], 9)
        weights = profile.weights(distance * mm) if averages else lanczos(distance)
        total = weights.sum(axis=1, keepdims=True)
        weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > _FEWEST)
        matrices.append(torch.from_numpy(weights.astype(np.float32)))
        first.append(begin)
    return matrices, first


def _shears(fine: Grid, split: _Split, first: list[int], lengths: list[int]) -> list[Shear]:
    """Return one shear along each axis; those that come later see the axes before them sheared."""
    shape, origin, shears = list(fine.shape), [0, 0, 0], []
    for axis, matrix in enumerate(split.shears):
        before, after = (n for n in range(3) if n != axis)
        slopes = (float(matrix[axis, before]), float(matrix[axis, after]))
        start = first[axis] + slopes[0] * origin[before] + slopes[1] * origin[after]
        size = (shape[0], shape[1], shape[2])
        shears.append(Shear(size, axis, slopes, start, lengths[axis]))
        shape[axis], origin[axis] = lengths[axis], first[axis]
    return shears


def _inside(fine: Grid, coarse: Grid, index: Affine) -> NDArray[np.bool_]:
    """Mark the voxels of the scan whose profile lies within the fine grid up to its half height."""
    i, j, k = np.ogrid[tuple(slice(n) for n in coarse.shape)]
    half = 0.5 * np.minimum(coarse.fwhm, coarse.spacing) / coarse.spacing
    inside = np.ones(coarse.shape, dtype=np.bool_)
    for row, size in zip(index[:3], fine.shape, strict=True):
        place = row[0] * i + row[1] * j + row[2] * k + row[3]
        reach = float(np.abs(row[:3]) @ half) - 1e-6
        inside &= (place >= reach - 0.5 - 1e-3) & (place <= size - 0.5 - reach + 1e-3)
    return inside
