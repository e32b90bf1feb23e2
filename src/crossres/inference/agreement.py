"""The last step of every result: within what the scan allows, and in agreement with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import max_pool3d

from crossres.inference.cascade import slices_at_once
from crossres.inference.slicing import from_slices, slice_orders, to_slices
from crossres.physics import Acquisition, BackProjection, project_within
from crossres.physics.bounded import MOST_STEPS
from crossres.types import Array3, CoarseBatch, FineBatch
from crossres.volume import Pair, Volume

FLOOR = 0.1
"""Least intensity of the result, as a share of the least one in the scan within one voxel. Shares
up to 0.25 give the same PSNR to 0.02 dB; 0 leaves black pits, and thin dark structures are far
below their surroundings (studies/agreement.py)."""


def agreed(
    estimate: Volume,
    pair: Pair,
    method: BackProjection,
    *,
    floor: float = FLOOR,
    steps: int = MOST_STEPS,
) -> Volume:
    """Return the admissible image nearest to an estimate that agrees with the scan.

    Admissible is what is 0 where the scan is exactly 0, and elsewhere at least a tenth of the
    least intensity that the scan has within one voxel. A scan with negative values has no such
    least intensity. Without the exact projection negative intensities are set to 0, and no more.

    Args:
        estimate: x^ on the fine grid of the pair.
        pair: Target and fine grid.
        method: The back-projection.
        floor: Least intensity, as a share of the least one in the scan within one voxel; of the
            exact projection.
        steps: Steps of the exact projection at most.

    Returns:
        The image, on the grid of the estimate.

    Raises:
        GridError: The grids do not share their voxel edges.
    """
    target, fine = pair.target, pair.fine
    if target.grid.shape == fine.shape:
        return estimate
    floor = -math.inf if target.data.min() < 0 else floor * (method.kind == "exact")
    if all(n != m for n, m in zip(target.shape, fine.shape, strict=True)):
        x, y = _volume(estimate.data), _volume(target.data)
        found = _agreed(x, y, Acquisition(fine, target.grid), method, floor, steps)
        return estimate.with_data(found[0, 0].numpy())
    cut = slice_orders(target.grid, fine)[0]
    target, estimate, fine = target.reordered(*cut), estimate.reordered(*cut), fine.reordered(*cut)
    acquisition = Acquisition(fine, target.grid)
    slices = [
        _agreed(x, y, acquisition, method, floor, steps)
        for x, y in zip(_batches(estimate.data), _batches(target.data), strict=True)
    ]
    return estimate.with_data(from_slices(torch.cat(slices))).restored(*cut)


def _volume(data: Array3) -> CoarseBatch:
    return torch.from_numpy(data)[None, None]


def _batches(data: Array3) -> Sequence[CoarseBatch]:
    return torch.split(to_slices(data), slices_at_once(torch.device("cpu")))


def _agreed(
    x: FineBatch,
    y: CoarseBatch,
    acquisition: Acquisition,
    method: BackProjection,
    floor: float,
    steps: int,
) -> FineBatch:
    """Return what agrees with a scan, or with some of its slices along k."""
    lower, upper = _bounds(x, y, acquisition, floor)
    if method.kind == "exact" and y.any():
        return project_within(acquisition, x, y, lower, upper, noise=method.noise, steps=steps)
    return torch.clamp(x, lower, upper)


def _bounds(
    x: FineBatch, y: CoarseBatch, acquisition: Acquisition, floor: float
) -> tuple[FineBatch, FineBatch]:
    """Return the least and the largest admissible intensities."""
    empty = y == 0
    size = [1 if axis.is_unchanged else 3 for axis in acquisition.axes[: y.ndim - 2]]
    least = -_largest_near(-torch.where(empty, torch.inf, y), size)
    least = torch.full_like(y, floor) if math.isinf(floor) else floor * least
    lower = torch.where(empty, 0.0, least)
    upper = torch.where(empty, 0.0, torch.inf)
    return _at_centres(lower, x), _at_centres(upper, x)


def _largest_near(y: Tensor, size: list[int]) -> Tensor:
    """Return the largest value in a box around each voxel."""
    seen = y if y.ndim == 5 else y[..., None]
    size = [*size, 1][:3]
    found = max_pool3d(seen, size, stride=1, padding=[n // 2 for n in size])
    return found.reshape(y.shape)


def _at_centres(y: Tensor, x: Tensor) -> Tensor:
    """Return coarse values on the fine grid, without interpolation."""
    for dim in range(2, y.ndim):
        count, finer = y.shape[dim], x.shape[dim]
        nearest = (torch.arange(finer) + 0.5) * count / finer
        y = y.index_select(dim, nearest.long())
    return y
