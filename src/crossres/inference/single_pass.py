"""Enhance whole volumes: normalise, go through the slices in batches, undo, keep the background."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from crossres.inference.cascade import slices_at_once
from crossres.inference.cropping import Windowed, window_of
from crossres.inference.protocol import Sharpener
from crossres.inference.slicing import Flips, Order, from_slices, slice_orders, to_slices
from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    consistency,
)
from crossres.types import (
    Array3,
    Mask3,
    Progress,
    SettingsError,
)
from crossres.volume import Grid, Pair, Volume, intensity_scale


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


def empty_voxels(data: Array3, fine: Grid) -> Mask3:
    """Tell which fine voxels lie in a coarse voxel that is exactly 0."""
    sizes = zip(data.shape, fine.shape, strict=True)
    nearest = [((np.arange(n) + 0.5) * m / n).astype(int) for m, n in sizes]
    empty: Mask3 = (data == 0)[np.ix_(*nearest)]
    return empty


def super_resolve(
    cascade: Sharpener,
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
        cascade: From learning or from shipped weights; or a regression on the guide.
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
    ways = slice_orders(pair.target.grid, pair.fine)
    ready = cascade.ready(device)
    sizes = [pair.fine.shape[order[2]] for order, _ in ways]
    estimates = [
        _cut(ready, pair, way, batch, torch.device(device), part_of(progress, sizes, n))
        for n, way in enumerate(ways)
    ]
    estimate = estimates[0].with_data(np.mean([e.data for e in estimates], axis=0))
    return result_of(pair, estimate, time.perf_counter() - start)


def _cut(
    cascade: Sharpener,
    pair: Pair,
    way: tuple[Order, Flips],
    batch: int,
    device: torch.device,
    progress: Progress | None,
) -> Volume:
    """Return the estimate from slices cut in one way, its axes as in the pair."""
    target, fine = pair.target.reordered(*way), pair.fine.reordered(*way)
    guide = None if pair.guide is None else pair.guide.reordered(*way)
    data = _enhance(cascade, target, guide, fine, batch, device, progress)
    return target.with_data(data, fine).restored(*way)


def _enhance(
    cascade: Sharpener,
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
    work = Windowed(cascade, target.grid, fine, window_of(y, target.grid, fine))
    estimate = torch.zeros(y.shape[0], 1, *fine.shape[:2])
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()
    for start in range(0, len(used), batch):
        chosen = used[start : start + batch]
        seen = None if g is None else g[chosen].to(device)
        estimate[chosen] = work.enhance(y[chosen].to(device), seen).to("cpu", torch.float32)
        if progress is not None:
            progress(min(start + batch, len(used)), len(used))
    return _admissible(from_slices(estimate) * np.float32(scale), target, fine)


def _admissible(data: Array3, target: Volume, fine: Grid) -> Array3:
    """Take back what no scan shows: negative values, and anything where the scan is empty."""
    if target.data.min() >= 0:
        np.maximum(data, 0, out=data)
    data[empty_voxels(target.data, fine)] = 0
    return data


def part_of(progress: Progress | None, sizes: Sequence[int], part: int) -> Progress | None:
    """Return what tells of one part of the work, of so many slices, among all parts."""
    if progress is None or len(sizes) == 1:
        return progress
    before, own = sum(sizes[:part]), sizes[part]
    return lambda done, total: progress(before + round(done / total * own), sum(sizes))


def agreeing(pair: Pair, estimate: Volume, how: BackProjection, seconds: float) -> Result:
    """Make an estimate that came of several passes agree with the scan over all axes at once.

    Args:
        pair: The scan, and the grid of the estimate.
        estimate: x^.
        how: The back-projection.
        seconds: Time spent so far.
    """
    acquisition = Acquisition(pair.fine, pair.target.grid)
    y, x = (torch.from_numpy(v.data)[None, None] for v in (pair.target, estimate))
    data = back_project(acquisition, x, y, how)[0, 0].numpy()
    return result_of(pair, estimate.with_data(_admissible(data, pair.target, pair.fine)), seconds)


def result_of(pair: Pair, estimate: Volume, seconds: float) -> Result:
    """Measure an estimate's consistency, beside that of cubic up-sampling."""
    acquisition = Acquisition(pair.fine, pair.target.grid)
    y, x = (torch.from_numpy(v.data)[None, None] for v in (pair.target, estimate))
    upsampled = acquisition.upsample(y)
    return Result(
        volume=estimate,
        interpolated=pair.target.with_data(upsampled[0, 0].numpy(), pair.fine),
        consistency_before=consistency(acquisition, upsampled, y),
        consistency_after=consistency(acquisition, x, y),
        seconds=seconds,
    )
