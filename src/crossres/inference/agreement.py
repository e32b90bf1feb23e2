"""The last step of every result: within what the scan allows, and in agreement with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor
from torch.nn.functional import max_pool3d

from crossres.inference.slicing import Cut, slice_orders
from crossres.physics import Acquisition, BackProjection, project_within
from crossres.physics.volumes import as_batch
from crossres.types import Array3, CoarseBatch, FineBatch
from crossres.volume import (
    OBJECT_LEVEL,
    Grid,
    Pair,
    Volume,
    at_centres,
    intensity_scale,
    nearest_voxels,
)

FLOOR = 0.1
"""Least intensity of the result, as a share of the least one in the scan within one voxel. Shares
up to 0.25 give the same PSNR to 0.03 dB; with 0 some voxels of the head are exactly 0, and thin
dark structures are far below their surroundings (studies/agreement.py)."""
MISFIT = 0.3
"""Weight of the scan in making up for the bounds, as a Tikhonov parameter in mean eigenvalues of
A A^T. Full agreement gains up to 0.4 dB where A is the true operator, and loses up to 3.2 dB where
the profile is another one: no real scan has exactly the assumed one (studies/agreement.py)."""
AT_ONCE = 2_000_000
"""Fine voxels of the parts that are projected together, which limits the memory."""


@dataclass(frozen=True, eq=False)
class Constrained:
    """An estimate after the last step.

    Args:
        volume: The admissible image, on the grid of the estimate.
        at_bounds: Share of the voxels of the object that lie at their least admissible intensity,
            0 to 1: without the bound they would be lower. The object is where the scan is above
            0.05 of its intensity scale.
    """

    volume: Volume
    at_bounds: float


def constrain(
    estimate: Volume,
    pair: Pair,
    method: BackProjection,
    *,
    floor: float = FLOOR,
    misfit: float = MISFIT,
) -> Constrained:
    """Return the admissible image near to an estimate and to agreement with the scan.

    Admissible is what is 0 where the scan is exactly 0, and elsewhere at least a tenth of the
    least intensity that the scan has within one voxel. A scan with negative values has no such
    least intensity. Without the exact projection negative intensities are set to 0, and no more.

    Args:
        estimate: x^ on the fine grid of the pair.
        pair: Target and fine grid.
        method: The back-projection.
        floor: Least intensity, as a share of the least one in the scan within one voxel; of the
            exact projection.
        misfit: Tikhonov parameter of the exact projection within the bounds, at least 0, in mean
            eigenvalues of A A^T; infinite to clip alone.

    Returns:
        The image, and the share of its voxels that lie at a bound.

    Raises:
        GridError: The grids do not share their voxel edges.
    """
    target, fine = pair.target, pair.fine
    if target.grid.shape == fine.shape:
        return Constrained(estimate, 0.0)
    floor = -math.inf if target.data.min() < 0 else floor * (method.kind == "exact")
    cut, changed = _changed_first(target.grid, fine)
    target, estimate, fine = target.reordered(*cut), estimate.reordered(*cut), fine.reordered(*cut)
    kept = (slice(None),) * changed + (slice(0, 1),) * (3 - changed)
    acquisition = Acquisition(fine.cropped(kept), target.grid.cropped(kept))
    at_once = max(1, AT_ONCE // math.prod(fine.shape[:changed]))
    parts = (_parts(each.data, changed, at_once) for each in (estimate, target))
    done = [
        _constrain(x, y, acquisition, method, floor, misfit) for x, y in zip(*parts, strict=True)
    ]
    data, lowest = (_whole(each, fine) for each in zip(*done, strict=True))
    inside = at_centres(target.data > OBJECT_LEVEL * intensity_scale(target.data), fine.shape)
    return Constrained(estimate.with_data(data).restored(*cut), float(lowest[inside].mean()))


def least_admissible(pair: Pair, *, floor: float = FLOOR) -> Shaped[np.ndarray, "I J K"]:
    """Return the least intensities that :func:`constrain` admits with the exact projection.

    Args:
        pair: Target and fine grid.
        floor: As :func:`constrain` takes it.

    Returns:
        Intensities on the fine grid, ``(I, J, K)``; minus infinity for a scan with negative values.

    Raises:
        GridError: The grids do not share their voxel edges.
    """
    y = as_batch(pair.target)
    acquisition = Acquisition(pair.fine, pair.target.grid)
    floor = -math.inf if float(y.min()) < 0 else floor
    lower, _ = _bounds(acquisition.fine.shape, y, acquisition, floor)
    return lower[0, 0].numpy()


def _changed_first(coarse: Grid, fine: Grid) -> tuple[Cut, int]:
    """Return an order of the axes that begins with those that get finer, and their number."""
    if all(n != m for n, m in zip(fine.shape, coarse.shape, strict=True)):
        return ((0, 1, 2), (False, False, False)), 3
    cuts = slice_orders(coarse, fine)
    return cuts[0], 3 - len(cuts)


def _parts(data: Array3, changed: int, at_once: int) -> Sequence[Tensor]:
    """Return batches of the parts that A does not mix: columns, slices, or the whole volume."""
    parts = np.moveaxis(data.reshape(*data.shape[:changed], -1), -1, 0)
    shape = (len(parts), 1, *data.shape[:changed], *(1,) * (3 - changed))
    return torch.split(torch.from_numpy(np.ascontiguousarray(parts)).view(shape), at_once)


def _whole(parts: Sequence[Tensor], fine: Grid) -> Shaped[np.ndarray, "I J K"]:
    """Return the array whose parts these are."""
    return torch.cat(tuple(parts)).flatten(1).numpy().T.reshape(fine.shape)


def _constrain(
    x: FineBatch,
    y: CoarseBatch,
    acquisition: Acquisition,
    method: BackProjection,
    floor: float,
    misfit: float,
) -> tuple[FineBatch, Tensor]:
    """Return the admissible images of parts of a scan, and a mask of what the bounds raised."""
    lower, upper = _bounds(x.shape[2:], y, acquisition, floor)
    if method.kind != "exact" or math.isinf(misfit) or not y.any():
        return torch.clamp(x, lower, upper), x < lower
    noise = max(method.noise, misfit * acquisition.mean_eigenvalue)
    found = project_within(acquisition, x, y, lower, upper, noise=noise)
    return found, found == lower


def _bounds(
    fine: Sequence[int], y: CoarseBatch, acquisition: Acquisition, floor: float
) -> tuple[FineBatch, FineBatch]:
    """Return the least and the largest admissible intensities."""
    empty = y == 0
    size = [1 if axis.is_unchanged else 3 for axis in acquisition.axes]
    nothing = torch.where(empty, torch.inf, y)
    least = -max_pool3d(-nothing, size, stride=1, padding=[n // 2 for n in size])
    least = torch.full_like(y, floor) if math.isinf(floor) else floor * least
    lower = torch.where(empty, 0.0, least)
    upper = torch.where(empty, 0.0, torch.inf)
    return _at_centres(lower, fine), _at_centres(upper, fine)


def _at_centres(y: Tensor, fine: Sequence[int]) -> Tensor:
    """Return coarse values on a fine grid of this shape, without interpolation."""
    for dim, size in enumerate(fine, start=2):
        nearest = nearest_voxels(y.shape[dim], size)
        y = y.index_select(dim, torch.from_numpy(nearest))
    return y
