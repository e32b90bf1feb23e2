"""A rehearsal one scale below: do these weights, with this guide, restore the scan itself?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.inference.cascade import Cascade, guide_at, sharpen
from crossres.inference.slicing import Example, example_of, plane_example, slice_orders
from crossres.physics import Acquisition
from crossres.types import Triple
from crossres.volume import Grid, Pair

Slices = Float[Tensor, "n 1 i j"]
Blur = tuple[float, float]

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
    scan = Coarser.of(example.target, example.coarse, cascade)
    guide = None if example.guide is None else _guide(example, cascade, lacking(pair, detail))
    estimate = cascade.ready(device).enhance_in_batches(
        scan.low.to(device), None if guide is None else guide.to(device), scan.grid, example.coarse
    )
    seen = scan.reference > _FOREGROUND
    return Rehearsal(
        _rms((estimate.cpu() - scan.reference)[seen]),
        _rms((scan.interpolated - scan.reference)[seen]),
    )


@dataclass(frozen=True, eq=False)
class Coarser:
    """A scan made coarser by a stage.

    Args:
        reference: The scan that is to be restored, ``(n, 1, i, j)``, as sharp as its grid can show.
        low: The scan made coarser.
        acquisition: What made it so; its ``coarse`` grid is that of ``low``.
    """

    reference: Slices
    low: Slices
    acquisition: Acquisition

    @classmethod
    def of(cls, target: Slices, coarse: Grid, cascade: Cascade) -> Coarser:
        """Make slices coarser as the cascade's training did."""
        factor = cascade.stage_factor
        grid = coarse.coarsened((factor, factor if cascade.axes == 2 else 1, 1))
        reference = sharpen(target, coarse, cascade.sharpening)
        acquisition = Acquisition(coarse, grid)
        return cls(reference, acquisition.forward(reference), acquisition)

    @property
    def grid(self) -> Grid:
        """The grid of ``low``."""
        return self.acquisition.coarse

    @property
    def interpolated(self) -> Slices:
        """``low`` brought back by cubic interpolation."""
        return self.acquisition.upsample(self.low)


def _rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt())


def _example(pair: Pair, slices: int) -> Example:
    """Cut the pair as learning would, and keep some slices."""
    across = len(slice_orders(pair.target.grid, pair.fine)) == 2
    whole = plane_example(pair) if across else example_of(pair)
    step = max(1, len(whole.target) // slices)
    guide = None if whole.guide is None else whole.guide[step // 2 :: step]
    return replace(whole, target=whole.target[step // 2 :: step], guide=guide)


def lacking(pair: Pair, detail: Triple | None) -> Blur:
    """Return how much wider than one voxel the guide's detail is, as a blur in voxels (FWHM).

    Of both axes that get finer, or of the one, which in the rehearsal is the first.

    Args:
        pair: Target and fine grid.
        detail: Spacing of the guide as it was scanned, along the target's axes, mm; None if finer.
    """
    if detail is None:
        return 0.0, 0.0
    order, _ = slice_orders(pair.target.grid, pair.fine)[0]
    wider = [max(1.0, detail[axis] / pair.fine.spacing[axis]) for axis in order[:2]]
    one, other = (math.sqrt(ratio**2 - 1) for ratio in wider)
    changed = pair.target.grid.shape[order[1]] != pair.fine.shape[order[1]]
    return one, other if changed else 0.0


def _guide(example: Example, cascade: Cascade, blur: Blur) -> Slices:
    """Return the guide as a scan on the target's grid would show it."""
    assert example.guide is not None  # the caller has looked
    if example.guide.shape[2:] == example.target.shape[2:]:
        return blurred(example.guide, example.coarse, blur)
    return guide_seen(example.guide, example.fine, example.coarse, cascade.sharpening, blur)


def guide_seen(guide: Slices, fine: Grid, grid: Grid, sharpening: float, blur: Blur) -> Slices:
    """Return the guide on a coarser grid, lacking there as much as it does on the fine one.

    Args:
        guide: ``(n, 1, I, J)`` on the fine grid.
        fine: The fine grid.
        grid: The coarser one.
        sharpening: Of the cascade that will see it.
        blur: From :func:`lacking`.
    """
    return blurred(guide_at(guide, fine, grid, sharpening), grid, blur)


def blurred(image: Slices, grid: Grid, blur: Blur) -> Slices:
    """Blur slices on a grid by so many of its voxels (FWHM) along i and j."""
    fwhm = (blur[0] * grid.spacing[0], blur[1] * grid.spacing[1], 0.0)
    return Acquisition(grid, grid, fwhm=fwhm).forward(image) if any(blur) else image
