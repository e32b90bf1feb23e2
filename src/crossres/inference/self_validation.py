"""Self-validation one scale below: do these weights, with this guide, restore the scan itself?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from crossres.inference.blend import Blend
from crossres.inference.cascade import Cascade
from crossres.inference.cropping import bounding_window
from crossres.inference.degraded_scan import (
    DegradedScan,
    GuideBlur,
    blurred,
    eroded_foreground,
    guide_blur_of,
    guide_seen,
)
from crossres.inference.protocol import enhance_in_batches
from crossres.inference.slicing import Example, example_of, plane_example, slice_orders
from crossres.types import Coarse, SliceMask, Slices, Triple
from crossres.volume import OBJECT_LEVEL, Grid, Pair

SLICES = 24
"""Slices of a self-validation, evenly spaced."""
PIXELS = 2**20
"""Pixels of a self-validation: of large slices fewer are taken, though not below ``FEW_SLICES``."""
FEW_SLICES = 6
PLACEMENT_SLICES = 12
"""Slices on which two placements of a guide are compared."""
HOT = 3.0
"""Intensity, as a share of the scale, from which a pixel is an outlier: a few of 65535 would
outweigh the errors of all others."""
_HOT_REACH = 5


@dataclass(frozen=True)
class SelfValidation:
    """Errors of the scan, restored from a coarser version of itself.

    Args:
        error: RMS difference from the scan over its foreground, as a share of its intensity scale.
        interpolated: The same of cubic interpolation.
        eroded_error: The error in the eroded foreground, more than 4 mm from its edge in the slice;
            nan where the foreground is too small.
        eroded_interpolated: The same of cubic interpolation.
    """

    error: float
    interpolated: float
    eroded_error: float = math.nan
    eroded_interpolated: float = math.nan

    @property
    def gain(self) -> float:
        """PSNR over cubic interpolation, dB."""
        return _decibels(self.interpolated, self.error)

    @property
    def eroded_gain(self) -> float:
        """The same in the eroded foreground; nan where it is too small."""
        return _decibels(self.eroded_interpolated, self.eroded_error)


def _decibels(interpolated: float, error: float) -> float:
    if math.isnan(error):
        return math.nan
    return 20 * math.log10(max(interpolated, 1e-12) / max(error, 1e-12))


def self_validate(
    cascade: Cascade,
    pair: Pair,
    *,
    detail: Triple | None = None,
    device: torch.device | str = "cpu",
    slices: int = SLICES,
) -> SelfValidation:
    """Degrade the scan by one stage, enhance it, and compare with the scan.

    The scan and its guide are enough, and the task is the one of the training: the result measures
    whether weights and guide fit this scan. Slices that are coarse along one axis are validated in
    the plane that they resolve, as in training.

    Args:
        cascade: Guided or not.
        pair: Target, fine grid, and the guide if the cascade is guided.
        detail: FWHM of the guide's own voxels along the target's axes, mm. Where that is
            coarser than the fine grid, the guide is blurred by as many voxels one scale below.
        device: Where the networks run.
        slices: Most slices to validate on, at least 1.

    Returns:
        Errors of the cascade and of interpolation.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    found = restored(cascade, pair, blur=guide_blur_of(pair, detail), device=device, slices=slices)
    away = found.estimate - found.reference, found.interpolated - found.reference
    inner = eroded_foreground(found.reference, found.grid) & found.usable
    return SelfValidation(*(_rms(x[where]) for where in (found.inside, inner) for x in away))


@dataclass(frozen=True, eq=False)
class RestoredScan:
    """A scan that was degraded by one stage, and restored.

    Args:
        reference: The scan, deblurred as in training, ``(n, 1, i, j)``, about 0-1.
        estimate: The degraded scan after its enhancement.
        interpolated: The degraded scan after cubic interpolation.
        guide: The guide as the scan's grid shows it, or None.
        grid: The grid of the scan; slices lie along k.
        usable: False at outliers and around them.
    """

    reference: Slices
    estimate: Slices
    interpolated: Slices
    guide: Slices | None
    grid: Grid
    usable: SliceMask

    @property
    def inside(self) -> SliceMask:
        """The foreground, without outliers."""
        return (self.reference > OBJECT_LEVEL) & self.usable


def restored(
    enhancer: Cascade | Blend,
    pair: Pair,
    *,
    blur: GuideBlur = (0.0, 0.0),
    device: torch.device | str = "cpu",
    slices: int = SLICES,
) -> RestoredScan:
    """Degrade the scan by one stage and enhance it.

    Args:
        enhancer: Guided or not.
        pair: Target, fine grid, and the guide if the enhancer is guided.
        blur: Blur by which the guide is less sharp than the fine grid.
        device: Where the networks run.
        slices: Most slices, at least 1.

    Returns:
        Slices of the scan, cropped to the foreground, on the CPU.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    cascade = enhancer.guided_cascade if isinstance(enhancer, Blend) else enhancer
    example = _example(pair if enhancer.guided else Pair(pair.target, pair.fine), slices)
    example = _on_scan_grid(_clipped(example), cascade, blur)
    scan = DegradedScan.of(example.target, example.coarse, cascade)
    guide = None if example.guide is None else example.guide.to(device)
    estimate = enhance_in_batches(
        enhancer.ready(device), scan.low.to(device), guide, scan.grid, example.coarse
    )
    return RestoredScan(
        scan.reference, estimate.cpu(), scan.interpolated, example.guide, example.coarse,
        ~_outliers(example.target),
    )  # fmt: skip


def fits_better(
    cascade: Cascade,
    pair: Pair,
    than: Pair,
    *,
    detail: Triple | None = None,
    device: torch.device | str = "cpu",
    slices: int = PLACEMENT_SLICES,
) -> bool:
    """Return whether one placement of a guide restores the scan better than another.

    Both are self-validated on the same slices. The error in the eroded foreground decides:
    the edge of a mask that target and guide share does not depend on the alignment inside it.

    Args:
        cascade: A guided one.
        pair: Target, fine grid and guide.
        than: The same with the guide elsewhere.
        detail: As :func:`self_validate` takes it.
        device: Where the networks run.
        slices: Most slices to compare on, at least 1.

    Returns:
        Whether the first has the smaller error there; over the whole foreground, where nothing is
        left of it. False where both are equal.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    one, other = (
        self_validate(cascade, each, detail=detail, device=device, slices=slices)
        for each in (pair, than)
    )
    if math.isnan(one.eroded_error):
        return one.error < other.error
    return one.eroded_error < other.eroded_error


def _outliers(target: Coarse) -> SliceMask:
    """Mark clipped outliers and their surroundings, to which the degradation spreads them."""
    outlying = (target.abs() >= HOT).float()
    for size in ((2 * _HOT_REACH + 1, 1), (1, 2 * _HOT_REACH + 1)) if outlying.any() else ():
        outlying = max_pool2d(outlying, size, stride=1, padding=(size[0] // 2, size[1] // 2))
    return outlying > 0


def _clipped(example: Example) -> Example:
    """Clip the outliers of scan and guide."""
    guide = None if example.guide is None else example.guide.clamp(-HOT, HOT)
    return replace(example, target=example.target.clamp(-HOT, HOT), guide=guide)


def _rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt()) if values.numel() else math.nan


def _example(pair: Pair, slices: int) -> Example:
    """Cut the pair as training does, and keep some slices."""
    across = len(slice_orders(pair.target.grid, pair.fine)) == 2
    whole = plane_example(pair) if across else example_of(pair)
    most = max(FEW_SLICES, PIXELS // whole.target[0].numel())
    step = max(1, len(whole.target) // min(slices, most))
    guide = None if whole.guide is None else whole.guide[step // 2 :: step]
    return replace(whole, target=whole.target[step // 2 :: step], guide=guide)


def _on_scan_grid(example: Example, cascade: Cascade, blur: GuideBlur) -> Example:
    """Return the rows and columns that hold foreground, the guide as the scan's grid shows it."""
    window = bounding_window(example.target, example.coarse, example.coarse)
    grid = example.coarse.cropped((*window, slice(None)))
    guide = _guide(example, cascade, blur)
    guide = None if guide is None else guide[..., *window]
    return Example(example.target[..., *window], grid, grid, guide)


def _guide(example: Example, cascade: Cascade, blur: GuideBlur) -> Slices | None:
    """Return the guide as a scan on the target's grid shows it."""
    if example.guide is None:
        return None
    if example.guide.shape[2:] == example.target.shape[2:]:
        return blurred(example.guide, example.coarse, blur)
    return guide_seen(example.guide, example.fine, example.coarse, cascade.deblur_noise, blur)
