"""Self-validation one scale below: do these weights, with this guide, restore the scan itself?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import max_pool2d

from crossres.inference.cascade import Cascade, deblur, guide_at
from crossres.inference.slicing import Example, example_of, plane_example, slice_orders
from crossres.physics import Acquisition
from crossres.types import Coarse, Fine, SliceMask, Slices, Stacked, Triple
from crossres.volume import OBJECT_LEVEL, Grid, Pair, eroded

GuideBlur = tuple[float, float]
"""FWHM of a blur along i and j, in voxels of the grid that it is applied on."""

SLICES = 24
"""Slices of a self-validation, evenly spaced."""
PLACEMENT_SLICES = 12
"""Slices on which two placements of a guide are compared."""
DEPTH_MM = 4.0
"""Depth from which a voxel is deep inside: wider than the edge of any mask that target and guide
share, which the guide shows whether it is aligned inside or not."""
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
        deep_error: The error deep inside, more than 4 mm from the edge of the foreground of the
            slice; nan where nothing is as deep.
        deep_interpolated: The same of cubic interpolation.
    """

    error: float
    interpolated: float
    deep_error: float = math.nan
    deep_interpolated: float = math.nan

    @property
    def gain(self) -> float:
        """PSNR over cubic interpolation, dB."""
        return _decibels(self.interpolated, self.error)

    @property
    def deep_gain(self) -> float:
        """The same deep inside; nan where nothing is as deep."""
        return _decibels(self.deep_interpolated, self.deep_error)


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
        detail: Spacing of the guide as it was scanned, along the target's axes, mm. Where that is
            coarser than the fine grid, the guide is blurred by as many voxels one scale below.
        device: Where the networks run.
        slices: Most slices to validate on, at least 1.

    Returns:
        Errors of the cascade and of interpolation.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    example = _example(pair if cascade.guided else Pair(pair.target, pair.fine), slices)
    hot, example = _outliers(example.target), _clipped(example)
    scan = DegradedScan.of(example.target, example.coarse, cascade)
    guide = _guide(example, cascade, guide_blur_of(pair, detail))
    estimate = cascade.ready(device).enhance_in_batches(
        scan.low.to(device), None if guide is None else guide.to(device), scan.grid, example.coarse
    )
    away = estimate.cpu() - scan.reference, scan.interpolated - scan.reference
    seen = (scan.reference > OBJECT_LEVEL) & ~hot
    deep = deep_inside(scan.reference, example.coarse) & ~hot
    return SelfValidation(*(_rms(x[where]) for where in (seen, deep) for x in away))


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

    Both are self-validated on the same slices. The error deep inside decides, since the edge of a
    mask that target and guide share says nothing about the alignment inside it.

    Args:
        cascade: A guided one.
        pair: Target, fine grid and guide.
        than: The same with the guide elsewhere.
        detail: As :func:`self_validate` takes it.
        device: Where the networks run.
        slices: Most slices to compare on, at least 1.

    Returns:
        Whether the first has the smaller error deep inside; over the whole foreground, where
        nothing is deep. False where both are equal.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty.
    """
    one, other = (
        self_validate(cascade, each, detail=detail, device=device, slices=slices)
        for each in (pair, than)
    )
    if math.isnan(one.deep_error):
        return one.error < other.error
    return one.deep_error < other.deep_error


def deep_inside(slices: Slices, grid: Grid) -> SliceMask:
    """Mark what is more than 4 mm from the edge of the foreground, slice by slice.

    Args:
        slices: ``(n, 1, i, j)``, about 0-1.
        grid: Their grid.

    Returns:
        A mask of the same shape; holes of the foreground count as foreground.
    """
    in_slice = (
        ndimage.generate_binary_structure(3, 1) & np.array([False, True, False])[:, None, None]
    )
    seen = (slices[:, 0] > OBJECT_LEVEL).cpu().numpy()
    head = ndimage.binary_fill_holes(seen, in_slice)
    i, j, _ = grid.spacing
    return torch.from_numpy(eroded(head, (1e6, i, j), DEPTH_MM))[:, None].to(slices.device)


@dataclass(frozen=True, eq=False)
class DegradedScan:
    """A scan degraded by one stage.

    Args:
        reference: The scan, deblurred as in training, ``(n, 1, i, j)``.
        low: The degraded scan, on a coarser grid.
        acquisition: The degradation; its ``coarse`` grid is that of ``low``.
    """

    reference: Slices
    low: Slices
    acquisition: Acquisition

    @classmethod
    def of(cls, target: Coarse, coarse: Grid, cascade: Cascade) -> DegradedScan:
        """Degrade slices as the cascade's training did.

        Args:
            target: y, ``(n, 1, i, j)``, about 0-1.
            coarse: Its grid; slices lie along k.
            cascade: Its stage factor, deblurring and coarse axes are used.

        Returns:
            The scan and its degraded version.
        """
        factor = cascade.stage_factor
        grid = coarse.coarsened((factor, factor if cascade.axes == 2 else 1, 1))
        reference = deblur(target, coarse, cascade.deblur_noise)
        acquisition = Acquisition(coarse, grid)
        return cls(reference, acquisition.forward(reference), acquisition)

    @property
    def grid(self) -> Grid:
        """The grid of ``low``."""
        return self.acquisition.coarse

    @property
    def interpolated(self) -> Slices:
        """``low`` after cubic interpolation."""
        return self.acquisition.upsample(self.low)


def _outliers(target: Coarse) -> SliceMask:
    """Mark outliers and their surroundings, to which the degradation spreads them."""
    outlying = (target.abs() > HOT).float()
    return max_pool2d(outlying, 2 * _HOT_REACH + 1, stride=1, padding=_HOT_REACH) > 0


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
    step = max(1, len(whole.target) // slices)
    guide = None if whole.guide is None else whole.guide[step // 2 :: step]
    return replace(whole, target=whole.target[step // 2 :: step], guide=guide)


def guide_blur_of(pair: Pair, detail: Triple | None) -> GuideBlur:
    """Return the blur by which the guide is less sharp than its voxels on the fine grid.

    Args:
        pair: Target and fine grid.
        detail: Spacing of the guide as it was scanned, along the target's axes, mm; None if it is
            finer than the fine grid.

    Returns:
        FWHM in fine voxels along the axes that get finer; one axis is the first.

    Raises:
        GridError: No axis gets finer, or all three do.
    """
    if detail is None:
        return 0.0, 0.0
    order, _ = slice_orders(pair.target.grid, pair.fine)[0]
    wider = [max(1.0, detail[axis] / pair.fine.spacing[axis]) for axis in order[:2]]
    first, second = (math.sqrt(ratio**2 - 1) for ratio in wider)
    changed = pair.target.grid.shape[order[1]] != pair.fine.shape[order[1]]
    return first, second if changed else 0.0


def _guide(example: Example, cascade: Cascade, blur: GuideBlur) -> Slices | None:
    """Return the guide as a scan on the target's grid shows it."""
    if example.guide is None:
        return None
    if example.guide.shape[2:] == example.target.shape[2:]:
        return blurred(example.guide, example.coarse, blur)
    return guide_seen(example.guide, example.fine, example.coarse, cascade.deblur_noise, blur)


def guide_seen(guide: Fine, fine: Grid, grid: Grid, deblur_noise: float, blur: GuideBlur) -> Slices:
    """Return the guide on a coarser grid, as blurred there as it is on the fine one.

    Args:
        guide: g, ``(n, 1, I, J)`` on the fine grid.
        fine: The fine grid.
        grid: The coarser one.
        deblur_noise: Noise ratio of the deblurring in the cascade's training.
        blur: From :func:`guide_blur_of`.

    Returns:
        The guide on ``grid``.
    """
    return blurred(guide_at(guide, fine, grid, deblur_noise), grid, blur)


def blurred(image: Stacked, grid: Grid, blur: GuideBlur) -> Stacked:
    """Return slices blurred by a Gaussian.

    Args:
        image: ``(n, c, i, j)`` on ``grid``.
        grid: Their grid.
        blur: FWHM along i and j, in voxels.

    Returns:
        ``(n, c, i, j)``.
    """
    fwhm = (blur[0] * grid.spacing[0], blur[1] * grid.spacing[1], 0.0)
    return Acquisition(grid, grid, fwhm=fwhm).forward(image) if any(blur) else image
