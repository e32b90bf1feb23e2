"""A guided and an unguided cascade, averaged voxel by voxel with weights from the scan itself.

Both restore the scan from a degraded version of itself. Their local squared errors there, and those
of the whole slice, are the odds by which their estimates are weighted. A guide therefore counts
where it predicts this scan, and the errors of two networks that were trained apart cancel in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.inference.cascade import Cascade
from crossres.inference.degraded_scan import (
    DegradedScan,
    GuideBlur,
    blurred,
    eroded_foreground,
    guide_seen,
)
from crossres.networks.self_ensemble import Orientation
from crossres.physics import Acquisition, BackProjection, back_project
from crossres.types import Coarse, Fine, SettingsError
from crossres.volume import Grid

NEIGHBOURHOOD = 3.0
"""FWHM of the Gaussian over which squared errors are averaged, in pixels of the scan: no wider, so
that a structure which the guide alone shows has a weight of its own."""
SLICE_POWER = 0.75
"""Exponent of the ratio of the errors in the whole slice, beside 1 for those of the neighbourhood,
which are few and correlated."""
ODDS_PER_FACTOR, ODDS_AT_ZERO = 0.2, -0.1
"""Line through the odds of the guided estimate where both have the same error one scale below: 0.3
at 2x, 0.7 at 4x. A guide gains less on the fine grid, and least where that is only one scale finer,
since the target may have been resampled. These and the other three constants are judged by
``studies.blend_shares`` and ``studies.copied_texture``."""
MOST_WEIGHT = 0.9
"""Largest weight of the guide: one scale below nothing shows whether the scan, which may have been
resampled, has as fine detail as its guide."""
_LEAST = 1e-8
"""Squared error, of intensities of about 0-1, below which two estimates are equally good."""
_LEAST_IN_SLICE = 1e-3
"""The same, summed over a slice: in one that is nearly empty only the local errors count."""


@dataclass(frozen=True, eq=False)
class Blend:
    """A guided and an unguided cascade in the place of a guided one.

    Args:
        guided_cascade: The guided cascade.
        unguided_cascade: The unguided one, of the same stage factor and deblurring.
        guide_blur: Blur by which the guide is less sharp than the fine grid, FWHM in fine voxels
            (:func:`crossres.inference.degraded_scan.guide_blur_of`).

    Raises:
        SettingsError: The first is not guided, the second is, their stage factors or deblurring
            differ, or they are for slices that are coarse along one axis.

    Example:
        >>> from crossres.weights import load_weights
        >>> blend = Blend(load_weights("t1-t2-axial-x2"), load_weights("t2-axial-x2"))
        >>> blend.guided
        True
    """

    guided_cascade: Cascade
    unguided_cascade: Cascade
    guide_blur: GuideBlur = (0.0, 0.0)
    guided: ClassVar[bool] = True

    def __post_init__(self) -> None:
        both = self.guided_cascade, self.unguided_cascade
        alike = len({(cascade.stage_factor, cascade.deblur_noise) for cascade in both}) == 1
        in_plane = all(cascade.axes == 2 for cascade in both)
        if not (both[0].guided and not both[1].guided and alike and in_plane):
            raise SettingsError(
                "a blend requires a guided cascade and an unguided one of the same stage factor "
                "and deblurring, both for slices coarse along two axes"
            )

    @property
    def back_projection(self) -> BackProjection:
        """That of the guided cascade."""
        return self.guided_cascade.back_projection

    @property
    def orientations(self) -> tuple[Orientation, ...]:
        """Those of the guided cascade."""
        return self.guided_cascade.orientations

    def self_ensemble(self, orientations: tuple[Orientation, ...] | None = None) -> Blend:
        """Return a copy of which both cascades average over orientations.

        Args:
            orientations: A subset; all of :attr:`orientations` by default.

        Returns:
            The copy; the original is unchanged.
        """
        both = (c.self_ensemble(orientations) for c in (self.guided_cascade, self.unguided_cascade))
        return self._with(*both)

    def ready(self, device: torch.device | str = "cpu") -> Blend:
        """Return a copy for inference on a device.

        Args:
            device: As torch names it.

        Returns:
            The copy; the original is unchanged.
        """
        return self._with(self.guided_cascade.ready(device), self.unguided_cascade.ready(device))

    def with_back_projection(self, method: BackProjection) -> Blend:
        """Return a copy of which both cascades use another back-projection.

        Args:
            method: The back-projection.

        Returns:
            The copy; the original is unchanged.
        """
        both = (
            c.with_back_projection(method) for c in (self.guided_cascade, self.unguided_cascade)
        )
        return self._with(*both)

    def _with(self, guided: Cascade, unguided: Cascade) -> Blend:
        return replace(self, guided_cascade=guided, unguided_cascade=unguided)

    @torch.no_grad()
    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the weighted average of both estimates, back-projected onto the scan.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
            guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1.
            coarse: Grid of the target.
            fine: Grid of the estimate; its k axis is that of ``coarse``.

        Returns:
            x^, ``(n, 1, I, J)``, about 0-1.

        Raises:
            SettingsError: There is no guide.
            GridError: The k axis changes.
        """
        if guide is None:
            raise SettingsError("a blend needs a guide; enhance with the unguided cascade alone")
        unguided = self.unguided_cascade.enhance(target, None, coarse, fine)
        change = self.guided_cascade.enhance(target, guide, coarse, fine) - unguided
        acquisition = Acquisition(fine, coarse)
        weight = acquisition.upsample(self.guide_weight(target, guide, coarse, fine)).clamp(0, 1)
        return back_project(acquisition, unguided + weight * change, target, self.back_projection)

    def guide_weight(self, target: Coarse, guide: Fine, coarse: Grid, fine: Grid) -> Coarse:
        """Return the weight of the guided estimate on the target's grid.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
            guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1.
            coarse: Grid of the target.
            fine: Grid of the guide.

        Returns:
            ``(n, 1, i, j)``, 0 to ``MOST_WEIGHT``. Its odds are the ratio of the squared errors of
            both one scale below, in the neighbourhood, times the same in the eroded foreground
            to the power of ``SLICE_POWER``, times :func:`fine_odds`.
        """
        scan = DegradedScan.of(target, coarse, self.guided_cascade)
        seen = guide_seen(guide, fine, coarse, self.guided_cascade.deblur_noise, self.guide_blur)
        guided = self.guided_cascade.enhance(scan.low, seen, scan.grid, coarse)
        unguided = self.unguided_cascade.enhance(scan.low, None, scan.grid, coarse)
        squares = [(x - scan.reference).square() for x in (unguided, guided)]
        width = NEIGHBOURHOOD, NEIGHBOURHOOD
        without, with_guide = (blurred(error, coarse, width) + _LEAST for error in squares)
        in_slice = _slice_ratio(squares, scan.reference, coarse) ** SLICE_POWER
        odds = fine_odds(max(coarse.factors_to(fine))) * in_slice * without / with_guide
        return (odds / (1 + odds)).clamp_max(MOST_WEIGHT)


def fine_odds(factor: float) -> float:
    """Return the odds of the guided estimate where both have the same error one scale below.

    Args:
        factor: From the scan to the fine grid, above 1.

    Returns:
        Above 0.

    Example:
        >>> round(fine_odds(2.0), 3), round(fine_odds(4.0), 3)
        (0.3, 0.7)
    """
    return ODDS_PER_FACTOR * factor + ODDS_AT_ZERO


def _slice_ratio(
    squares: Sequence[Coarse], reference: Coarse, grid: Grid
) -> Float[Tensor, "n 1 1 1"]:
    """Return how many times as large the first squared errors are, in each eroded slice."""
    inside = eroded_foreground(reference, grid)
    first, second = (
        (error * inside).sum(dim=(1, 2, 3), keepdim=True) + _LEAST_IN_SLICE for error in squares
    )
    return first / second
