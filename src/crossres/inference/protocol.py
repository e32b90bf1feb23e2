"""What volumes are enhanced with: a cascade, a blend, a regression."""

from __future__ import annotations

from typing import Protocol

import torch

from crossres.inference.cascade import Slices
from crossres.networks.self_ensemble import (
    Turn,
)
from crossres.physics import (
    BackProjection,
)
from crossres.volume import Grid


class Sharpener(Protocol):
    """What volumes are enhanced with: a cascade, or what takes its place."""

    @property
    def guided(self) -> bool:
        """Tell whether a guide is wanted."""

    @property
    def back_projection(self) -> BackProjection:
        """How estimates are made to agree with the scan."""

    def ready(self, device: torch.device | str = "cpu") -> Sharpener:
        """Return a copy to enhance with, on a device."""

    def enhance(self, target: Slices, guide: Slices | None, coarse: Grid, fine: Grid) -> Slices:
        """Return the estimate of a batch of slices on the fine grid.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
            guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1; None where none is wanted.
            coarse: The target's grid.
            fine: The grid wanted, its k axis as in ``coarse``.
        """


class Positioned(Sharpener, Protocol):
    """What can enhance an image in several positions of it."""

    @property
    def positions(self) -> tuple[Turn, ...]:
        """The positions that are all alike to it."""

    def turned(self, turns: tuple[Turn, ...] | None = None) -> Sharpener:
        """Return a copy that takes the mean over positions, of all or of these."""
