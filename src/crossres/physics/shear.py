"""Shears: resampling along one axis by a distance that is linear in the other two indices.

Three shears and a scale along each axis make any affine map between two grids (Catmull and Smith
1980). Each line is moved by one distance, so that it needs a handful of weights, and the adjoint is
the same sum read backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from crossres.types import Shape3

Image: TypeAlias = Float[Tensor, "_ _ _"]
"""A volume on any grid, any intensities."""
Lines: TypeAlias = Float[Tensor, "_ _"]
Taps: TypeAlias = tuple[int, Float[Tensor, "_ _ 1"]]
"""First input voxel of the first output voxel, and weights by tap and line."""
LOBES = 3
"""Half width of the kernel, in voxels: a sinc within the main lobe of a wider one."""
_LINES = 256
"""Lines at a time: they and their sum stay in the cache."""
_NEGLIGIBLE = 1e-6
"""A shift in voxels that is rounding."""


def lanczos(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh by a windowed sinc, which keeps detail that cubic interpolation blurs.

    Args:
        distance: Distances to the sample, in voxels, any shape and sign.

    Returns:
        Weights of the same shape, 1 at the sample and 0 from three voxels on; their sum over all
        samples is 1 to about 1 %.

    References:
        Duchon 1979, doi 10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2, eq. 10.

    Example:
        >>> lanczos(np.array([0.0, 1.0, 3.5])).round(6).tolist()
        [1.0, 0.0, 0.0]
    """
    inside = np.abs(distance) < LOBES
    return np.where(inside, np.sinc(distance) * np.sinc(distance / LOBES), 0.0)


class Shear:
    """Move each line along an axis by its own distance, and resample it.

    ``y[n] = sum_t w(start + slopes . q + n - t) x[t]`` for the line with the indices ``q`` along
    the other two axes. Beyond its ends a line goes on with its end values; constants are kept.

    Args:
        shape: Of the input.
        axis: The axis that is resampled.
        slopes: Voxels by which the position grows with each index of the other two axes.
        start: Position of the first output voxel on the line with the indices 0, in input voxels.
        length: Number of output voxels along the axis.

    References:
        Catmull and Smith 1980, doi 10.1145/800250.807505 (passes along one axis each).

    Example:
        >>> shear = Shear((4, 3, 3), 0, (0.5, 0.0), start=0.0, length=4)
        >>> x, y = torch.rand(4, 3, 3), torch.rand(4, 3, 3)
        >>> bool(torch.isclose((shear.forward(x) * y).sum(), (x * shear.adjoint(y)).sum()))
        True
    """

    def __init__(
        self, shape: Shape3, axis: int, slopes: tuple[float, float], start: float, length: int
    ) -> None:
        self._axis, self._size, self._length = axis, shape[axis], length
        first, second = (np.arange(n) for a, n in enumerate(shape) if a != axis)
        position = (start + slopes[0] * first[:, None] + slopes[1] * second[None]).ravel()
        position = np.clip(position, -length - LOBES, shape[axis] + LOBES)
        self.is_identity = length == shape[axis] and np.abs(position).max() < _NEGLIGIBLE
        order = np.argsort(position, kind="stable")
        self._order, self._back = torch.from_numpy(order), torch.from_numpy(np.argsort(order))
        parts = np.array_split(position[order], max(1, -(-len(order) // _LINES)))
        self._taps = [_taps(part) for part in parts]
        self._left = max(0, -min(first for first, _ in self._taps))
        last = max(first + len(weights) for first, weights in self._taps)
        self._right = max(0, last - 1 + length - shape[axis])

    def forward(self, x: Image) -> Image:
        """Return the resampled volume.

        Args:
            x: Of the shape given.

        Returns:
            The same with ``length`` voxels along the axis.
        """
        if self.is_identity:
            return x
        lines = x.movedim(self._axis, -1)
        shape = lines.shape[:2]
        lines = lines.reshape(-1, self._size)[self._order]
        ends = lines[:, :1].expand(-1, self._left), lines[:, -1:].expand(-1, self._right)
        found = lines.new_zeros(len(lines), self._length)
        padded = torch.cat([ends[0], lines, ends[1]], dim=1)
        for (first, weights), part, out in self._parts(padded, found):
            for n, weight in enumerate(weights, start=self._left + first):
                out.addcmul_(weight, part[:, n : n + self._length])
        return found[self._back].view(*shape, self._length).movedim(-1, self._axis)

    def adjoint(self, y: Image) -> Image:
        """Return the transpose of :meth:`forward` applied to an image.

        Args:
            y: Of the shape that :meth:`forward` returns.

        Returns:
            x of the shape given, so that ``<forward(z), y> = <z, x>`` for any z.
        """
        if self.is_identity:
            return y
        lines = y.movedim(self._axis, -1)
        shape = lines.shape[:2]
        lines = lines.reshape(-1, self._length)[self._order]
        padded = lines.new_zeros(len(lines), self._left + self._size + self._right)
        for (first, weights), part, out in self._parts(lines, padded):
            for n, weight in enumerate(weights, start=self._left + first):
                out[:, n : n + self._length].addcmul_(weight, part)
        found = padded[:, self._left : self._left + self._size]
        found[:, 0] += padded[:, : self._left].sum(dim=1)
        found[:, -1] += padded[:, self._left + self._size :].sum(dim=1)
        return found[self._back].view(*shape, self._size).movedim(-1, self._axis)

    def _parts(self, lines: Lines, out: Lines) -> Iterator[tuple[Taps, Lines, Lines]]:
        """Yield the taps of each part, and its lines of two images."""
        sizes = [weights.shape[1] for _, weights in self._taps]
        yield from zip(self._taps, torch.split(lines, sizes), torch.split(out, sizes), strict=True)


def _taps(position: NDArray[np.float64]) -> Taps:
    """Return the first input voxel of the first output voxel, and weights (taps, lines, 1)."""
    first = int(np.floor(position.min())) + 1 - LOBES
    count = int(np.floor(position.max())) + LOBES + 1 - first
    weights = lanczos(position - (first + np.arange(count))[:, None])
    weights /= weights.sum(axis=0)
    return first, torch.from_numpy(weights.astype(np.float32))[..., None]
