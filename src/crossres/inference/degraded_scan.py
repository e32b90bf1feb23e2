"""A scan degraded by one stage, and the guide as that scale shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage

from crossres.inference.cascade import Cascade, deblur, guide_at
from crossres.inference.slicing import slice_orders
from crossres.physics import Acquisition
from crossres.types import Coarse, Fine, SliceMask, Slices, Stacked, Triple
from crossres.volume import OBJECT_LEVEL, Grid, Pair, Profile, eroded

GuideBlur = tuple[float, float]
"""FWHM of a blur along i and j, in voxels of the grid that it is applied on."""

DEPTH_MM = 4.0
"""Erosion of the foreground: wider than the edge of any mask that target and guide
share, which the guide shows whether it is aligned inside or not."""


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
        """Degrade slices as the cascade's training did, with the slice profile of the scan.

        Slices that a cascade enhances across are given in their plane: the profile along k, as a
        multiple of the spacing, is that of the degradation along i.

        Args:
            target: y, ``(n, 1, i, j)``, about 0-1.
            coarse: Its grid; slices lie along k.
            cascade: Its stage factor, deblurring and coarse axes are used.

        Returns:
            The scan and its degraded version.
        """
        factor, across = cascade.stage_factor, cascade.axes == 1
        grid = coarse.coarsened((factor, 1 if across else factor, 1))
        sources = (2, 2) if across else (0, 1)
        i, j = (
            coarse.profiles[axis].scaled(size / coarse.spacing[axis])
            for axis, size in zip(sources, grid.spacing[:2], strict=True)
        )
        grid = replace(grid, profiles=(i, j, Profile()))
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


def eroded_foreground(slices: Slices, grid: Grid) -> SliceMask:
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


def guide_blur_of(pair: Pair, detail: Triple | None) -> GuideBlur:
    """Return the blur by which the guide is less sharp than its voxels on the fine grid.

    Args:
        pair: Target and fine grid.
        detail: FWHM of the guide's own voxels along the target's axes, mm; None if it is
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
