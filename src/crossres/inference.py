"""Enhance whole volumes: normalise, go through the slices in batches, undo, keep the background."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from crossres.cascade import Cascade, slices_at_once
from crossres.intensity import intensity_scale
from crossres.physics import Acquisition, consistency
from crossres.types import Array3, GridError, Mask3, Progress, SettingsError
from crossres.volume import Grid, Pair, Volume

Order = tuple[int, int, int]
Flips = tuple[bool, bool, bool]


@dataclass(frozen=True, eq=False)
class Result:
    """What enhancing gives.

    Args:
        volume: The estimate x^ on the fine grid, in the target's intensities.
        interpolated: U y, cubic up-sampling, to compare with.
        consistency_before: ||A U y - y|| / ||y||.
        consistency_after: ||A x^ - y|| / ||y||; 0 says that the estimate explains the scan exactly.
        seconds: Time spent.
    """

    volume: Volume
    interpolated: Volume
    consistency_before: float
    consistency_after: float
    seconds: float


def compute_device(name: str) -> str:
    """Return ``"cpu"`` or ``"cuda"``; ``"auto"`` is CUDA where there is any.

    Raises:
        SettingsError: CUDA is asked for and not there.

    Example:
        >>> compute_device("cpu")
        'cpu'
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("no CUDA device was found; give --device cpu")
    return "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"


def slice_order(coarse: Grid, fine: Grid) -> tuple[Order, Flips]:
    """Return the order in which axes run R, A, S-wards and slices lie along the last one.

    The slice axis is one whose size does not change; of several, the one with the largest voxels
    (of equal ones the last of R, A, S), which is the direction the scan resolves least.

    Raises:
        GridError: No axis gets finer, or all three do.
    """
    order, flips = coarse.axis_order()
    unchanged = [n for n, axis in enumerate(order) if coarse.shape[axis] == fine.shape[axis]]
    if len(unchanged) == 3:
        raise GridError("no axis gets finer; ask for a factor above 1")
    if not unchanged:
        raise GridError(
            "one axis must keep its spacing (networks work on slices); "
            "enhance in the plane first, then run again through the plane"
        )
    last = max(unchanged, key=lambda n: (round(coarse.spacing[order[n]], 3), n))
    rest = [n for n in range(3) if n != last]
    a, b, c = rest[0], rest[1], last
    return (order[a], order[b], order[c]), (flips[a], flips[b], flips[c])


def to_slices(data: Array3) -> Float[Tensor, "k 1 i j"]:
    """Return an (i, j, k) array as a batch of slices."""
    return torch.from_numpy(np.ascontiguousarray(data.transpose(2, 0, 1)))[:, None]


def from_slices(slices: Float[Tensor, "k 1 i j"]) -> Array3:
    """Undo :func:`to_slices`."""
    return np.ascontiguousarray(slices[:, 0].numpy().transpose(1, 2, 0))


def empty_voxels(data: Array3, fine: Grid) -> Mask3:
    """Tell which fine voxels lie in a coarse voxel that is exactly 0."""
    sizes = zip(data.shape, fine.shape, strict=True)
    nearest = [((np.arange(n) + 0.5) * m / n).astype(int) for m, n in sizes]
    empty: Mask3 = (data == 0)[np.ix_(*nearest)]
    return empty


def super_resolve(
    cascade: Cascade,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> Result:
    """Enhance one subject's target with its guide.

    Voxel axes may be in any order and direction: they are brought to R, A, S and back. Intensities
    are scaled by a robust percentile of each volume, and scaled back. Where the target is exactly 0
    so is the estimate.

    Args:
        cascade: From learning or from shipped weights.
        pair: Target, guide on the fine grid, and the fine grid.
        batch: Slices at a time: changes memory and speed, not the result; by default what suits
            the device.
        device: Where the networks run.
        progress: Told (slices done, slices in all).

    Raises:
        GridError: No axis gets finer, or all three do.
        SettingsError: A guided cascade without a guide, or a batch below 1.
    """
    batch = slices_at_once(device) if batch is None else batch
    if batch < 1:
        raise SettingsError(f"batch must be at least 1 slice, got {batch}")
    if cascade.guided and pair.guide is None:
        raise SettingsError("these weights need a guide; give one, or choose unguided weights")
    start = time.perf_counter()
    order, flips = slice_order(pair.target.grid, pair.fine)
    target = pair.target.reordered(order, flips)
    guide = None if pair.guide is None else pair.guide.reordered(order, flips)
    fine = pair.fine.reordered(order, flips)
    estimate = _enhance(
        cascade.ready(device), target, guide, fine, batch, torch.device(device), progress
    )
    return _result(target, fine, estimate, (order, flips), start)


def _enhance(
    cascade: Cascade,
    target: Volume,
    guide: Volume | None,
    fine: Grid,
    batch: int,
    device: torch.device,
    progress: Progress | None,
) -> Array3:
    """Return the estimate's data for volumes whose slices lie along k."""
    scale = intensity_scale(target.data)
    y = to_slices(target.data / scale)
    g = None if guide is None else to_slices(guide.data / intensity_scale(guide.data))
    estimate = torch.zeros(y.shape[0], 1, *fine.shape[:2])
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()
    for start in range(0, len(used), batch):
        chosen = used[start : start + batch]
        seen = None if g is None else g[chosen].to(device)
        result = cascade.enhance(y[chosen].to(device), seen, target.grid, fine)
        estimate[chosen] = result.to("cpu", torch.float32)
        if progress is not None:
            progress(min(start + batch, len(used)), len(used))
    data = from_slices(estimate) * np.float32(scale)
    if target.data.min() >= 0:
        np.maximum(data, 0, out=data)
    data[empty_voxels(target.data, fine)] = 0
    return data


def _result(
    target: Volume, fine: Grid, estimate: Array3, order: tuple[Order, Flips], start: float
) -> Result:
    """Measure consistency and bring everything back to the axes of the input."""
    acquisition = Acquisition(fine, target.grid)
    y, x = (torch.from_numpy(data)[None, None] for data in (target.data, estimate))
    upsampled = acquisition.upsample(y)
    interpolated = target.with_data(upsampled[0, 0].numpy(), fine)
    return Result(
        volume=target.with_data(estimate, fine).restored(*order),
        interpolated=interpolated.restored(*order),
        consistency_before=consistency(acquisition, upsampled, y),
        consistency_after=consistency(acquisition, x, y),
        seconds=time.perf_counter() - start,
    )
