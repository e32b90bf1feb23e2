"""One pass over a pair: normalise, enhance slices in batches, undo, keep the background."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from crossres.inference.agreement import constrain
from crossres.inference.cascade import slices_at_once
from crossres.inference.cropping import Cropped, bounding_window
from crossres.inference.device import compute_device
from crossres.inference.protocol import Enhancer
from crossres.inference.slicing import Cut, from_slices, slice_orders, to_slices
from crossres.physics import (
    Acquisition,
    BackProjection,
    Consistency,
    back_project_volume,
    consistency,
)
from crossres.physics.volumes import as_batch
from crossres.types import Array3, FineMask, Progress, SettingsError
from crossres.volume import (
    Background,
    Grid,
    Pair,
    Volume,
    at_centres,
    intensity_scale,
    without_background,
)


@dataclass(frozen=True, eq=False)
class Result:
    """An estimate beside cubic interpolation.

    Args:
        volume: The estimate x^ on the fine grid, in the target's intensities.
        interpolated: U y, cubic up-sampling, for comparison.
        consistency: Data-consistency errors of both.
        seconds: Time spent.

    Example:
        >>> from crossres import make_pair
        >>> from crossres.physics import degrade
        >>> _, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> pair = Pair(degrade(t2, t2.grid.coarsened((2, 2, 1))), t2.grid)
        >>> Result.of(pair, t2, 0.0).consistency.result < 1e-6
        True
    """

    volume: Volume
    interpolated: Volume
    consistency: Consistency
    seconds: float

    @classmethod
    def of(cls, pair: Pair, estimate: Volume, seconds: float, *, at_bounds: float = 0.0) -> Result:
        """Compare an estimate with its scan and with cubic interpolation.

        Args:
            pair: The scan, and the grid of the estimate.
            estimate: x^ on the fine grid.
            seconds: Time spent.
            at_bounds: Share of the object's voxels that lie at a bound.

        Returns:
            The estimate with its data-consistency error.
        """
        acquisition = Acquisition(pair.fine, pair.target.grid)
        y = as_batch(pair.target)
        upsampled = acquisition.upsample(y)
        before, after = (consistency(acquisition, x, y) for x in (upsampled, as_batch(estimate)))
        interpolated = pair.target.with_data(upsampled[0, 0].numpy(), pair.fine)
        errors = Consistency(before, after, at_bounds=at_bounds)
        return cls(estimate, interpolated, errors, seconds)

    def restored(self, background: Background, scan: Volume) -> Result:
        """Return estimate and interpolation in the intensities of the scan again.

        Args:
            background: The background that was removed from the scan.
            scan: The scan as it was given.

        Returns:
            The result; its data-consistency errors are those of the scan with air at 0.
        """
        volume, interpolated = (
            background.restored(each, scan) for each in (self.volume, self.interpolated)
        )
        return replace(self, volume=volume, interpolated=interpolated)


def super_resolve(
    enhancer: Enhancer,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> Result:
    """Enhance one subject's target in one pass.

    Voxel axes may be in any order and direction: they are brought to R, A, S and back. Intensities
    are scaled by a robust percentile of each volume, and scaled back; a background that is not 0 is
    subtracted and added again. Where the target is exactly 0 so is the estimate.
    :func:`crossres.enhance` adds registration, the choice between guided and unguided weights, and
    a second pass where all three axes get finer.

    Args:
        enhancer: A cascade, from training or from weights; a blend; or a regression on the guide.
        pair: Target, guide on the fine grid, and the fine grid.
        batch: Slices at a time, at least 1: changes memory and speed, and the result by no more
            than rounding; by default what suits the device.
        device: Where the networks run: "auto", "cpu", "cuda", such as "cuda:0", or "mps".
        progress: Called with (slices done, total slices).

    Returns:
        The estimate on the pair's fine grid.

    Raises:
        GridError: No axis gets finer, or all three do.
        SettingsError: A guided enhancer without a guide, a batch below 1, or a device that does not
            exist.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres import load_weights, make_pair
        >>> from crossres.physics import degrade
        >>> t1, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> pair = Pair(degrade(t2, t2.grid.coarsened((2, 2, 1))), t2.grid, t1)
        >>> result = super_resolve(load_weights("t1-t2-axial-x2"), pair)
        >>> result.volume.shape == t2.shape
        True
    """
    start = time.perf_counter()
    scan = pair.target
    pair, background = without_background(pair)
    estimate = estimate_volume(enhancer, pair, batch=batch, device=device, progress=progress)
    found = constrain(estimate, pair, enhancer.back_projection)
    seconds = time.perf_counter() - start
    result = Result.of(pair, found.volume, seconds, at_bounds=found.at_bounds)
    return result.restored(background, scan)


def estimate_volume(
    enhancer: Enhancer,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> Volume:
    """Return the estimate of one pass, without comparing it with the scan.

    Args:
        enhancer: As :func:`super_resolve` takes it.
        pair: Target, guide on the fine grid, and the fine grid; air is 0.
        batch: Slices at a time, at least 1; by default what suits the device.
        device: Where the networks run.
        progress: Called with (slices done, total slices).

    Returns:
        x^ on the pair's fine grid, in the target's intensities.

    Raises:
        GridError: No axis gets finer, or all three do.
        SettingsError: A guided enhancer without a guide, a batch below 1, or a device that does not
            exist.
    """
    device = torch.device(compute_device(str(device)))
    batch = slices_at_once(device) if batch is None else batch
    if batch < 1:
        raise SettingsError(f"`batch` must be at least 1 slice, got {batch}")
    if enhancer.guided and pair.guide is None:
        raise SettingsError("these weights need a guide; add one, or choose unguided weights")
    cuts = slice_orders(pair.target.grid, pair.fine)
    ready = enhancer.ready(device)
    sizes = [pair.fine.shape[order[2]] for order, _ in cuts]
    estimates = [
        _estimate(ready, pair, cut, batch, device, part_of(progress, sizes, n))
        for n, cut in enumerate(cuts)
    ]
    return estimates[0].with_data(np.mean([e.data for e in estimates], axis=0))


def _estimate(
    enhancer: Enhancer,
    pair: Pair,
    cut: Cut,
    batch: int,
    device: torch.device,
    progress: Progress | None,
) -> Volume:
    """Return the estimate from slices cut in one way, its axes as in the pair."""
    target, fine = pair.target.reordered(*cut), pair.fine.reordered(*cut)
    guide = None if pair.guide is None else pair.guide.reordered(*cut)
    data = _enhance_slices(enhancer, Pair(target, fine, guide), batch, device, progress)
    return target.with_data(data, fine).restored(*cut)


def _enhance_slices(
    enhancer: Enhancer, pair: Pair, batch: int, device: torch.device, progress: Progress | None
) -> Array3:
    """Return the estimate's data for a pair whose slices lie along k."""
    target, guide, fine = pair.target, pair.guide, pair.fine
    scale = intensity_scale(target.data)
    y = to_slices(target.data / scale)
    g = None if guide is None else to_slices(guide.data / intensity_scale(guide.data))
    cropped = Cropped(enhancer, target.grid, fine, bounding_window(y, target.grid, fine))
    estimate = torch.zeros(y.shape[0], 1, *fine.shape[:2])
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()
    for start in range(0, len(used), batch):
        chosen = used[start : start + batch]
        seen = None if g is None else g[chosen].to(device)
        estimate[chosen] = cropped.enhance(y[chosen].to(device), seen).to("cpu", torch.float32)
        if progress is not None:
            progress(min(start + batch, len(used)), len(used))
    return from_slices(estimate) * np.float32(scale)


def empty_voxels(data: Array3, fine: Grid) -> FineMask:
    """Mark the fine voxels whose centre lies in a coarse voxel that is exactly 0.

    Args:
        data: Intensities on the coarse grid, ``(i, j, k)``.
        fine: The fine grid, over the same field of view.

    Returns:
        A mask on the fine grid, ``(I, J, K)``.
    """
    return at_centres(data == 0, fine.shape)


def part_of(progress: Progress | None, sizes: Sequence[int], part: int) -> Progress | None:
    """Return a callback for one part of the work that reports the progress of all parts.

    Args:
        progress: The callback of the whole, or None.
        sizes: Number of steps of each part.
        part: Index of the part.

    Returns:
        The callback of the part, or None.
    """
    if progress is None or len(sizes) == 1:
        return progress
    before, own = sum(sizes[:part]), sizes[part]
    return lambda done, total: progress(before + round(done / total * own), sum(sizes))


def back_projected(pair: Pair, estimate: Volume, method: BackProjection, seconds: float) -> Result:
    """Back-project the estimate of several passes onto the scan, over all axes at once.

    Args:
        pair: The scan, and the grid of the estimate.
        estimate: x^ on the fine grid.
        method: The back-projection.
        seconds: Time spent so far.

    Returns:
        The estimate after back-projection.
    """
    data = back_project_volume(estimate, pair.target, method).data
    found = constrain(estimate.with_data(data), pair, method)
    return Result.of(pair, found.volume, seconds, at_bounds=found.at_bounds)
