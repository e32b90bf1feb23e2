"""Patches with their simulated degradation: the batches of every regime."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from crossres.inference.noise import weighted_by
from crossres.physics import Acquisition, BackProjection, back_project
from crossres.training.patches import Patches
from crossres.types import Slices
from crossres.volume import OBJECT_LEVEL, Grid


@dataclass(frozen=True, eq=False)
class DegradedPatches:
    """A batch: patches as targets, their simulated degradation as input (eq. 4).

    Args:
        patches: ``(b, c, p, p)``; channel 0 the target, 1 the guide if there is one.
        acquisition: A, from the grid of the patch to a coarser one.
        back_projection: Its kind.
        noise: Noise of the degraded patches, ``(b, 1, q, q)`` on the coarser grid, or None.
    """

    patches: Patches
    acquisition: Acquisition
    back_projection: BackProjection
    noise: Slices | None = None

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
        """A y with its noise, on the coarser grid; air has none."""
        clean = self.acquisition.forward(self.target)
        if self.noise is None:
            return clean
        return torch.where(clean > OBJECT_LEVEL, clean + self.noise, clean)

    @property
    def upsampled(self) -> Slices:
        """U A y, ``(b, 1, p, p)``."""
        return self.acquisition.upsample(self.degraded)

    def with_noise(self, span: tuple[float, float], generator: torch.Generator) -> DegradedPatches:
        """Return the batch with noise of one random level, as is left in a denoised scan.

        The noise is Gaussian and of mean 0 in the object, and absent in air: denoising removes the
        Rician bias, and flat regions lose nearly all of it. The back-projection weighs the degraded
        patches by the noise, as at inference. The targets stay as they are.

        Args:
            span: Least and largest standard deviation, as shares of the intensity scale; (0, 0)
                draws nothing.
            generator: Decides the level, which is uniform, and the noise.

        Returns:
            The batch; the same object without noise.
        """
        least, most = span
        if most == 0:
            return self
        share = least + (most - least) * float(torch.rand(1, generator=generator))
        shape = (len(self.patches), 1, *self.acquisition.coarse.shape[:2])
        noise = share * torch.randn(shape, generator=generator)
        method = weighted_by(self.back_projection, share, self.acquisition)
        return replace(self, noise=noise.to(self.patches), back_projection=method)

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
