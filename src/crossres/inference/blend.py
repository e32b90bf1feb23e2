"""A guided cascade beside an unguided one: each has its say where the scan shows it to be better.

The scan itself, made coarser by a stage, is restored by both. Where one comes nearer to the scan,
it counts for more: estimates are weighted by the inverse of their mean squared error around. So a
guide is believed where it tells the truth about this scan, and the errors of two networks that
learned apart cancel in part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch

from crossres.inference.cascade import Cascade
from crossres.inference.self_validation import (
    Blur,
    Coarser,
    Slices,
    blurred,
    guide_seen,
)
from crossres.networks.self_ensemble import Turn
from crossres.physics import Acquisition, BackProjection, back_project
from crossres.types import SettingsError
from crossres.volume import Grid

NEIGHBOURHOOD = 7.0
"""FWHM of the Gaussian over which squared errors are averaged, in pixels of the scan."""
_LEAST = 1e-8
"""Squared error, of intensities of about 0-1, below which two estimates are equally good."""


@dataclass(frozen=True, eq=False)
class Blend:
    """What volumes are enhanced with in the place of a guided cascade.

    Args:
        informed: The guided cascade.
        alone: The unguided one, of the same stage factor and sharpening.
        lacks: Blur by which the guide is less sharp than the fine grid could show, in voxels
            (:func:`crossres.inference.self_validation.lacking`).

    Raises:
        SettingsError: The one is not guided, the other is, or their stage factors or sharpening
            differ; or they serve thick slices, which no slice alone can rehearse.
    """

    informed: Cascade
    alone: Cascade
    lacks: Blur = (0.0, 0.0)
    guided: ClassVar[bool] = True

    def __post_init__(self) -> None:
        both = self.informed, self.alone
        alike = len({(cascade.stage_factor, cascade.sharpening) for cascade in both}) == 1
        in_plane = all(cascade.axes == 2 for cascade in both)
        if not (self.informed.guided and not self.alone.guided and alike and in_plane):
            raise SettingsError(
                "a blend needs a guided cascade and an unguided one of the same stage factor and "
                "sharpening, both for slices coarse along two axes"
            )

    @property
    def back_projection(self) -> BackProjection:
        """The guided cascade's."""
        return self.informed.back_projection

    @property
    def positions(self) -> tuple[Turn, ...]:
        """The guided cascade's."""
        return self.informed.positions

    def turned(self, turns: tuple[Turn, ...] | None = None) -> Blend:
        """Return a copy of which both take the mean over positions of the image."""
        return replace(self, informed=self.informed.turned(turns), alone=self.alone.turned(turns))

    def ready(self, device: torch.device | str = "cpu") -> Blend:
        """Return a copy to enhance with, on a device."""
        return replace(self, informed=self.informed.ready(device), alone=self.alone.ready(device))

    def agreeing(self, how: BackProjection) -> Blend:
        """Return a copy whose estimates are made to agree with the scan in another way."""
        return replace(self, informed=self.informed.agreeing(how), alone=self.alone.agreeing(how))

    @torch.no_grad()
    def enhance(self, target: Slices, guide: Slices | None, coarse: Grid, fine: Grid) -> Slices:
        """Return the estimate, as :meth:`crossres.inference.protocol.Sharpener.enhance` says.

        Raises:
            SettingsError: There is no guide.
            GridError: The k axis changes.
        """
        if guide is None:
            raise SettingsError("a blend needs a guide; enhance with the unguided cascade alone")
        alone = self.alone.enhance(target, None, coarse, fine)
        change = self.informed.enhance(target, guide, coarse, fine) - alone
        acquisition = Acquisition(fine, coarse)
        believed = acquisition.upsample(self.belief(target, guide, coarse, fine)).clamp(0, 1)
        return back_project(acquisition, alone + believed * change, target, self.back_projection)

    def belief(self, target: Slices, guide: Slices, coarse: Grid, fine: Grid) -> Slices:
        """Return the weight of the guided estimate, 0-1, on the target's grid.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
            guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1.
            coarse: The target's grid.
            fine: The guide's.

        Returns:
            ``(n, 1, i, j)``; 0.5 where both estimates are as good.
        """
        scan = Coarser.of(target, coarse, self.informed)
        seen = guide_seen(guide, fine, coarse, self.informed.sharpening, self.lacks)
        informed = self.informed.enhance(scan.low, seen, scan.grid, coarse)
        alone = self.alone.enhance(scan.low, None, scan.grid, coarse)
        with_guide, without = (
            blurred((x - scan.reference).square(), coarse, (NEIGHBOURHOOD, NEIGHBOURHOOD))
            for x in (informed, alone)
        )
        return (without + _LEAST) / (with_guide + without + 2 * _LEAST)
