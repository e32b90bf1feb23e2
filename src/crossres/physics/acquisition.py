"""The acquisition operator A: from the fine grid to what the scanner sampled.

A is separable. Along one axis, with fine sample centres f (mm) and coarse ones c (mm),

    A[m, n] = w(c_m - f_n) / sum_n' w(c_m - f_n'),   w(d) = exp(-4 ln 2 (d / FWHM)^2),

and FWHM = the coarse spacing. Iwamoto 2023 writes A = D B: a Gaussian filter B with
sigma = s / (2 sqrt(2 ln 2)) fine voxels, then every s-th sample. That is this matrix, with one
difference: here both grids share their voxel *edges*, so for even s the coarse centre lies half-way
between two fine ones and the kernel is evaluated there, where "every s-th" would shift the image by
(s - 1) / 2 fine voxels. An axis whose size and width do not change is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossres.physics.profiles import SliceProfile, cubic, gaussian
from crossres.types import CoarseBatch, FineBatch, GridError, Triple
from crossres.volume import Grid

AxisMatrix: TypeAlias = NDArray[np.float64]
AxisMatrices: TypeAlias = tuple[AxisMatrix | None, AxisMatrix | None, AxisMatrix | None]


def _centres(size: int, extent: float) -> NDArray[np.float64]:
    """Return voxel centres in mm from the edge of the field of view."""
    return np.asarray((np.arange(size) + 0.5) * (extent / size), dtype=np.float64)


def _profile_matrix(
    fine: int, coarse: int, extent: float, fwhm: float, profile: SliceProfile
) -> AxisMatrix:
    """Return the (coarse, fine) matrix of one axis; each row sums to 1."""
    distance = _centres(coarse, extent)[:, None] - _centres(fine, extent)[None, :]
    weights = profile(distance, fwhm)
    total = weights.sum(axis=1, keepdims=True)
    if not total.min() > 0:
        raise GridError(
            f"a profile of {fwhm:g} mm falls between the voxels; give one of at least half a voxel"
        )
    matrix: AxisMatrix = weights / total
    return matrix


def _cubic_matrix(fine: int, coarse: int) -> AxisMatrix:
    """Return the (fine, coarse) matrix of cubic up-sampling, the edge sample repeated outside."""
    position = _centres(fine, coarse) - 0.5
    taps = np.floor(position)[:, None].astype(int) + np.arange(-1, 3)[None, :]
    weights = cubic(position[:, None] - taps)
    matrix = np.zeros((fine, coarse))
    rows = np.broadcast_to(np.arange(fine)[:, None], taps.shape)
    np.add.at(matrix, (rows, np.clip(taps, 0, coarse - 1)), weights)
    return matrix


class Acquisition:
    """The linear map from a fine grid to a coarse one that covers the same field of view.

    Tensors are ``(b, c, i, j, k)`` or, for slices along an unchanged k axis, ``(b, c, i, j)``; any
    device, any floating dtype.

    Args:
        fine: The grid of the estimate.
        coarse: The grid of the scan, with no more voxels along any axis.
        profile: Slice profile; Gaussian by default.
        fwhm: Width of the profile per axis in mm; the coarse spacing by default. Given explicitly
            it also blurs axes whose size does not change; 0 leaves such an axis alone.

    Raises:
        GridError: The grids do not share their voxel edges, "coarse" has more voxels, or a width
            is not above 0 where an axis gets coarser, negative elsewhere.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section III (A = D B).

    Example:
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> A = Acquisition(fine, fine.coarsened((2, 2, 1)))
        >>> tuple(A.forward(torch.ones(1, 1, 8, 8, 4)).shape)
        (1, 1, 4, 4, 4)
    """

    def __init__(
        self,
        fine: Grid,
        coarse: Grid,
        *,
        profile: SliceProfile = gaussian,
        fwhm: Triple | None = None,
    ) -> None:
        if not coarse.shares_edges(fine):
            raise GridError("fine and coarse grid must have the same axes and field of view")
        if any(c > f for c, f in zip(coarse.shape, fine.shape, strict=True)):
            raise GridError(f"the coarse grid {coarse.shape} has more voxels than {fine.shape}")
        self.fine, self.coarse = fine, coarse
        sizes = zip(fine.shape, coarse.shape, coarse.spacing, strict=True)
        i, j, k = (d if n != m else 0.0 for n, m, d in sizes)
        self.fwhm: Triple = (i, j, k) if fwhm is None else fwhm
        self._check_widths()
        self._profile = profile
        self._placed: dict[tuple[str, torch.device, torch.dtype], list[Tensor | None]] = {}

    def _check_widths(self) -> None:
        sizes = zip(self.fwhm, self.fine.shape, self.coarse.shape, strict=True)
        if any(not (w > 0 or (w == 0 and f == c)) for w, f, c in sizes):
            raise GridError(
                f"`fwhm` of {self.fwhm} mm is out of range; give a width above 0 along each axis "
                "that gets coarser, 0 or more along the others"
            )

    @cached_property
    def down(self) -> AxisMatrices:
        """Matrices of A per axis, (coarse, fine); None where the axis is unchanged."""
        i, j, k = (self._down(axis) for axis in range(3))
        return (i, j, k)

    def _down(self, axis: int) -> AxisMatrix | None:
        fine, coarse, fwhm = self.fine.shape[axis], self.coarse.shape[axis], self.fwhm[axis]
        if fine == coarse and fwhm == 0:
            return None
        return _profile_matrix(fine, coarse, self.fine.extent[axis], fwhm, self._profile)

    @cached_property
    def up(self) -> AxisMatrices:
        """Matrices of cubic up-sampling U per axis, (fine, coarse); None where unchanged."""
        sizes = zip(self.fine.shape, self.coarse.shape, strict=True)
        i, j, k = (None if f == c else _cubic_matrix(f, c) for f, c in sizes)
        return (i, j, k)

    @cached_property
    def spectrum(self) -> tuple[AxisMatrices, tuple[NDArray[np.float64], ...]]:
        """Eigenvectors and eigenvalues of A A^T per axis (A A^T is separable as A is)."""
        vectors: list[AxisMatrix | None] = []
        values: list[NDArray[np.float64]] = []
        for matrix, size in zip(self.down, self.coarse.shape, strict=True):
            eigen = (np.ones(size), None) if matrix is None else np.linalg.eigh(matrix @ matrix.T)
            values.append(np.maximum(eigen[0], 0.0))
            vectors.append(eigen[1])
        return (vectors[0], vectors[1], vectors[2]), tuple(values)

    def forward(self, x: FineBatch) -> CoarseBatch:
        """Return A x: the fine image as the scanner samples it.

        Args:
            x: ``(b, c, I, J[, K])`` on the fine grid.

        Returns:
            ``(b, c, i, j[, k])`` on the coarse grid, in the intensities of x.

        Raises:
            GridError: A tensor whose shape is not the fine grid's, or slices where k changes.
        """
        return self._apply("down", self.down, x, self.fine)

    def adjoint(self, y: CoarseBatch) -> FineBatch:
        """Return A^T y, so that <A x, y> = <x, A^T y>.

        Args:
            y: ``(b, c, i, j[, k])`` on the coarse grid.

        Returns:
            ``(b, c, I, J[, K])`` on the fine grid.

        Raises:
            GridError: A tensor whose shape is not the coarse grid's, or slices where k changes.
        """
        return self._apply("adjoint", _transposed(self.down), y, self.coarse)

    def upsample(self, y: CoarseBatch) -> FineBatch:
        """Return U y: cubic interpolation onto the fine grid.

        Args:
            y: ``(b, c, i, j[, k])`` on the coarse grid.

        Returns:
            ``(b, c, I, J[, K])`` on the fine grid, in the intensities of y.

        Raises:
            GridError: A tensor whose shape is not the coarse grid's, or slices where k changes.

        References:
            Keys 1981, doi 10.1109/TASSP.1981.1163711, eq. 15.
        """
        return self._apply("up", self.up, y, self.coarse)

    def solve(self, residual: CoarseBatch, noise: float = 0.0) -> CoarseBatch:
        """Return (A A^T + noise I)^-1 residual, in closed form.

        Args:
            residual: ``(b, c, i, j[, k])`` on the coarse grid.
            noise: Tikhonov parameter, at least 0.

        Returns:
            ``(b, c, i, j[, k])`` on the coarse grid.

        Raises:
            GridError: A tensor whose shape is not the coarse grid's, or slices where k changes.
        """
        vectors, values = self.spectrum
        rotated = self._apply("rotate", _transposed(vectors), residual, self.coarse)
        scale = np.einsum("i,j,k->ijk", *values)[..., : 1 if residual.ndim == 4 else None] + noise
        denominator = torch.from_numpy(scale).to(residual)
        rotated = rotated / (denominator[..., 0] if residual.ndim == 4 else denominator)
        return self._apply("rotate-back", vectors, rotated, self.coarse)

    def _apply(self, name: str, matrices: AxisMatrices, x: Tensor, expected: Grid) -> Tensor:
        self._check(x, expected)
        for axis, matrix in enumerate(self._on(name, matrices, x)[: x.ndim - 2]):
            if matrix is not None:
                dim = axis + 2
                x = (x.movedim(dim, -1) @ matrix.T).movedim(-1, dim)
        return x.contiguous()

    def _check(self, x: Tensor, expected: Grid) -> None:
        if x.ndim not in (4, 5) or tuple(x.shape[2:]) != expected.shape[: x.ndim - 2]:
            raise GridError(
                f"wanted a tensor (b, c, ...) over {expected.shape}, got shape {tuple(x.shape)}"
            )
        if x.ndim == 4 and self.down[2] is not None:
            raise GridError("slices (b, c, i, j) need an acquisition that leaves the k axis alone")

    def _on(self, name: str, matrices: AxisMatrices, x: Tensor) -> Sequence[Tensor | None]:
        """Return the matrices on the tensor's device and in its dtype, converted once."""
        key = (name, x.device, x.dtype)
        if key not in self._placed:
            self._placed[key] = [
                None if m is None else torch.from_numpy(np.ascontiguousarray(m)).to(x)
                for m in matrices
            ]
        return self._placed[key]


def _transposed(matrices: AxisMatrices) -> AxisMatrices:
    i, j, k = (None if m is None else m.T for m in matrices)
    return (i, j, k)
