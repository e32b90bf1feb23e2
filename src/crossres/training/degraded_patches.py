"""Patches with their simulated degradation: the batches of every regime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossres.physics import Acquisition, BackProjection, back_project
from crossres.training.patches import Patches
from crossres.types import Slices
from crossres.volume import Grid


@dataclass(frozen=True, eq=False)
class DegradedPatches:
    """A batch: patches as targets, their simulated degradation as input (eq. 4).

    Args:
        patches: ``(b, c, p, p)``; channel 0 the target, 1 the guide if there is one.
        acquisition: A, from the grid of the patch to a coarser one.
        back_projection: Its kind.
    """

    patches: Patches
    acquisition: Acquisition
    back_projection: BackProjection

    @property
    def target(self) -> Slices:
        """The patch itself, ``(b, 1, p, p)``."""
        return self.patches[:, :1]

    @property
    def guide(self) -> Slices | None:
        """The guide's patch, ``(b, 1, p, p)``; None without a guide."""
        return self.patches[:, 1:] if self.patches.shape[1] > 1 else None

    @cached_property
    def degraded(self) -> Slices:
        """A y, on the coarser grid."""
        return self.acquisition.forward(self.target)

    @property
    def upsampled(self) -> Slices:
        """U A y, ``(b, 1, p, p)``."""
        return self.acquisition.upsample(self.degraded)

    def back_project(self, estimate: Slices) -> Slices:
        """Return the estimate, back-projected onto A y.

        Args:
            estimate: ``(b, 1, p, p)``.

        Returns:
            ``(b, 1, p, p)``.
        """
        return back_project(self.acquisition, estimate, self.degraded, self.back_projection)


def patch_acquisition(
    size: int, factor: float, *, axes: int = 2, profile: float = 1.0
) -> Acquisition:
    """Return the acquisition that coarsens a square patch by about ``factor``.

    Args:
        size: Side of the patch, pixels.
        factor: At least 1; the size of the coarse patch is rounded.
        axes: 2 for both axes, 1 for the first one only.
        profile: FWHM of the slice profile as a multiple of the coarse spacing, at least 0.5; below
            1 there are gaps between the slices.

    Returns:
        A, from a grid of ``(size, size, 1)`` voxels of 1 mm.

    Raises:
        GridError: A profile so narrow that it falls between the voxels.

    Example:
        >>> patch_acquisition(48, 4.0, axes=1, profile=0.5).fwhm
        (2.0, 0.0, 0.0)
    """
    fine = Grid((size, size, 1), np.eye(4))
    coarse = fine.coarsened((factor, factor if axes == 2 else 1, 1))
    i, j, k = (profile * width for width in Acquisition(fine, coarse).fwhm)
    return Acquisition(fine, coarse, fwhm=(i, j, k))
