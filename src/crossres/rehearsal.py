"""A rehearsal one scale below: do these weights, with this guide, restore the scan itself?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from crossres.cascade import Cascade, guide_at, sharpen
from crossres.datasets import example_of, plane_example
from crossres.inference import slice_orders
from crossres.physics import Acquisition
from crossres.regimes import Example
from crossres.types import Triple
from crossres.volume import Pair

SLICES = 24
"""Slices that are rehearsed on, evenly spaced."""
_FOREGROUND = 0.05


@dataclass(frozen=True)
class Rehearsal:
    """How near the scan came, restored from a coarser version of itself.

    Args:
        error: RMS difference from the scan over its foreground, as a share of its intensity scale.
        interpolated: The same of cubic interpolation.
    """

    error: float
    interpolated: float

    @property
    def gain(self) -> float:
        """PSNR over cubic interpolation, dB."""
        return 20 * math.log10(max(self.interpolated, 1e-12) / max(self.error, 1e-12))


def rehearse(
    cascade: Cascade,
    pair: Pair,
    *,
    detail: Triple | None = None,
    device: torch.device | str = "cpu",
    slices: int = SLICES,
) -> Rehearsal:
    """Make the scan coarser by a stage, enhance it, and compare with the scan.

    Nothing but the scan and its guide is needed, and what is asked is what the weights have
    learned: so it tells whether they, and the guide, fit. Slices that are coarse along one axis are
    rehearsed in the plane that they resolve, as they were learned from.

    Args:
        cascade: Guided or not.
        pair: Target, fine grid, and the guide if the cascade is guided.
        detail: Spacing of the guide as it was scanned, along the target's axes, mm. Where that is
            coarser than the fine grid, the guide is blurred to lack as much in the rehearsal.
        device: Where the networks run.
        slices: How many slices are tried at most.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    example = _example(pair if cascade.guided else Pair(pair.target, pair.fine), slices)
    grid, factor = example.coarse, cascade.stage_factor
    coarser = grid.coarsened((factor, factor if cascade.axes == 2 else 1, 1))
    reference = sharpen(example.target, grid, cascade.sharpening)
    acquisition = Acquisition(grid, coarser)
    low = acquisition.forward(reference).to(device)
    guide = None if example.guide is None else _guide(example, cascade, _blur(pair, detail))
    estimate = cascade.ready(device).enhance_in_batches(
        low, None if guide is None else guide.to(device), coarser, grid
    )
    seen = reference > _FOREGROUND
    return Rehearsal(
        _rms((estimate.cpu() - reference)[seen]),
        _rms((acquisition.upsample(low.cpu()) - reference)[seen]),
    )


def _rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt())


def _example(pair: Pair, slices: int) -> Example:
    """Cut the pair as learning would, and keep some slices."""
    across = len(slice_orders(pair.target.grid, pair.fine)) == 2
    whole = plane_example(pair) if across else example_of(pair)
    step = max(1, len(whole.target) // slices)
    guide = None if whole.guide is None else whole.guide[step // 2 :: step]
    return replace(whole, target=whole.target[step // 2 :: step], guide=guide)


def _blur(pair: Pair, detail: Triple | None) -> tuple[float, float]:
    """Return how much wider than one voxel the guide's detail is, as a blur in voxels (FWHM).

    Of both axes that get finer, or of the one, which in the rehearsal is the first.
    """
    if detail is None:
        return 0.0, 0.0
    order, _ = slice_orders(pair.target.grid, pair.fine)[0]
    wider = [max(1.0, detail[axis] / pair.fine.spacing[axis]) for axis in order[:2]]
    one, other = (math.sqrt(ratio**2 - 1) for ratio in wider)
    changed = pair.target.grid.shape[order[1]] != pair.fine.shape[order[1]]
    return one, other if changed else 0.0


def _guide(example: Example, cascade: Cascade, blur: tuple[float, float]) -> Tensor:
    """Return the guide as a scan on the target's grid would show it."""
    assert example.guide is not None  # the caller has looked
    grid, guide = example.coarse, example.guide
    if guide.shape[2:] != example.target.shape[2:]:
        guide = guide_at(guide, example.fine, grid, cascade.sharpening)
    fwhm = (blur[0] * grid.spacing[0], blur[1] * grid.spacing[1], 0.0)
    return Acquisition(grid, grid, fwhm=fwhm).forward(guide) if any(blur) else guide
