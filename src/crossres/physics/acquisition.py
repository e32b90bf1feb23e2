"""The acquisition operator A: from the fine grid to what the scanner sampled.

A is separable. Along one axis, with fine sample centres f (mm) and coarse ones c (mm),

    A[m, n] = w(c_m - f_n) / sum_n' w(c_m - f_n'),   w(d) = exp(-4 ln 2 (d / FWHM)^2),

and FWHM = the width of the coarse grid's profile, by default its spacing; w is that profile, by
default this Gaussian (the others are in :mod:`crossres.volume.profile`). Iwamoto 2023 writes
A = D B: a Gaussian filter B with sigma = s / (2 sqrt(2 ln 2)) fine voxels, then every s-th sample.
That is this matrix, with one difference: here both grids share their voxel *edges*, so for even s
the coarse centre lies half-way between two fine ones and the kernel is evaluated there, where
"every s-th" would shift the image by (s - 1) / 2 fine voxels. An axis whose size and width do not
change is left alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossres.physics.axes import Axis, AxisMap, placed, spectrum
from crossres.types import CoarseBatch, FineBatch, GridError, Triple
from crossres.volume import Grid, Profile

LARGEST_RATIO = 30.0
"""Of eigenvalues along an axis: what amplifies noise more than 5 times is not inverted. Slices that
are up to 1.5 times as thick as their distance stay below it."""


class Acquisition:
    """The linear map from a fine grid to a coarse one that covers the same field of view.

    Tensors are ``(b, c, i, j, k)`` or, for slices along an unchanged k axis, ``(b, c, i, j)``; any
    device, any floating dtype.

    Args:
        fine: The grid of the estimate.
        coarse: The grid of the scan, with no more voxels along any axis.
        fwhm: Widths of Gaussian profiles per axis in mm, instead of the profiles of the coarse
            grid. They also blur axes whose size does not change; 0 leaves such an axis alone.

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

    def __init__(self, fine: Grid, coarse: Grid, *, fwhm: Triple | None = None) -> None:
        if not coarse.shares_edges(fine):
            raise GridError("fine and coarse grid must have the same axes and field of view")
        if any(c > f for c, f in zip(coarse.shape, fine.shape, strict=True)):
            raise GridError(f"the coarse grid {coarse.shape} has more voxels than {fine.shape}")
        self.fine, self.coarse = fine, coarse
        changed = [n != m for n, m in zip(fine.shape, coarse.shape, strict=True)]
        if fwhm is not None:
            _check_widths(fwhm, changed)
            profiles = [Profile(width) if width else None for width in fwhm]
        else:
            own = zip(coarse.profiles, changed, strict=True)
            profiles = [profile if changes else None for profile, changes in own]
        axes = zip(fine.shape, coarse.shape, fine.extent, profiles, strict=True)
        self.axes = tuple(Axis(*axis) for axis in axes)

    @property
    def fwhm(self) -> Triple:
        """Width of the profile per axis, mm; 0 along an axis that is left alone."""
        i, j, k = (0.0 if axis.profile is None else axis.profile.fwhm for axis in self.axes)
        return (i, j, k)

    @property
    def eigenvalues(self) -> tuple[NDArray[np.float64], ...]:
        """Eigenvalues of A A^T per axis: A A^T is separable as A is."""
        return tuple(np.ones(x.coarse) if x.is_unchanged else spectrum(x)[0] for x in self.axes)

    @property
    def mean_eigenvalue(self) -> float:
        """Mean of the eigenvalues of A A^T."""
        return math.prod(float(values.mean()) for values in self.eigenvalues)

    def forward(self, x: FineBatch) -> CoarseBatch:
        """Return A x: the fine image as the scanner samples it.

        Args:
            x: ``(b, c, I, J[, K])`` on the fine grid.

        Returns:
            ``(b, c, i, j[, k])`` on the coarse grid, in the intensities of x.

        Raises:
            GridError: A tensor whose shape is not the fine grid's, or slices where k changes.
        """
        return self._apply("down", x, self.fine)

    def adjoint(self, y: CoarseBatch) -> FineBatch:
        """Return A^T y, so that <A x, y> = <x, A^T y>.

        Args:
            y: ``(b, c, i, j[, k])`` on the coarse grid.

        Returns:
            ``(b, c, I, J[, K])`` on the fine grid.

        Raises:
            GridError: A tensor whose shape is not the coarse grid's, or slices where k changes.
        """
        return self._apply("adjoint", y, self.coarse)

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
        return self._apply("up", y, self.coarse)

    def solve(self, residual: CoarseBatch, noise: float = 0.0) -> CoarseBatch:
        """Return (A A^T + noise I)^-1 residual, in closed form.

        Eigenvalues of A A^T count as at least 1/30 of the largest one of their axis: slices that
        overlap by half and more hardly show their finest detail, and inverting that is noise.

        Args:
            residual: ``(b, c, i, j[, k])`` on the coarse grid.
            noise: Tikhonov parameter, at least 0.

        Returns:
            ``(b, c, i, j[, k])`` on the coarse grid.

        Raises:
            GridError: A tensor whose shape is not the coarse grid's, or slices where k changes.
        """
        axes = self.eigenvalues[: residual.ndim - 2]
        values = [np.maximum(axis, axis.max() / LARGEST_RATIO) for axis in axes]
        scale = torch.from_numpy(reduce(np.multiply.outer, values) + noise).to(residual)
        rotated = self._apply("rotate", residual, self.coarse) / scale
        return self._apply("rotate back", rotated, self.coarse)

    def _apply(self, name: AxisMap, x: Tensor, expected: Grid) -> Tensor:
        self._check(x, expected)
        for dim, axis in enumerate(self.axes[: x.ndim - 2], start=2):
            matrix = placed(axis, name, x.device, x.dtype)
            if matrix is not None:
                x = (x.movedim(dim, -1) @ matrix.T).movedim(-1, dim)
        return x.contiguous()

    def _check(self, x: Tensor, expected: Grid) -> None:
        if x.ndim not in (4, 5) or tuple(x.shape[2:]) != expected.shape[: x.ndim - 2]:
            raise GridError(
                f"wanted a tensor (b, c, ...) over {expected.shape}, got shape {tuple(x.shape)}"
            )
        if x.ndim == 4 and not self.axes[2].is_unchanged:
            raise GridError("slices (b, c, i, j) need an acquisition that leaves the k axis alone")


def _check_widths(fwhm: Triple, changed: Sequence[bool]) -> None:
    pairs = zip(fwhm, changed, strict=True)
    if any(not (width > 0 or (width == 0 and not changes)) for width, changes in pairs):
        raise GridError(
            f"`fwhm` of {fwhm} mm is out of range; give a width above 0 along each axis that gets "
            "coarser, 0 or more along the others"
        )
