"""The interface of what enhances slices: a cascade, a blend, a regression."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch

from crossres.inference.cascade import slices_at_once
from crossres.physics import BackProjection
from crossres.types import Coarse, Fine
from crossres.volume import Grid


@runtime_checkable
class Enhancer(Protocol):
    """A cascade, or what takes its place."""

    @property
    def guided(self) -> bool:
        """Whether a guide is required."""

    @property
    def back_projection(self) -> BackProjection:
        """The back-projection that makes estimates agree with the scan."""

    def ready(self, device: torch.device | str = "cpu") -> Enhancer:
        """Return a copy for inference on a device.

        Args:
            device: As torch names it.

        Returns:
            The copy; the original is unchanged.
        """

    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the estimate of a batch of slices on the fine grid.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
            guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1; None for unguided networks.
            coarse: Grid of the target.
            fine: Grid of the estimate; its k axis is that of ``coarse``.

        Returns:
            x^, ``(n, 1, I, J)``, about 0-1.
        """


def enhance_in_batches(
    enhancer: Enhancer, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid
) -> Fine:
    """Return the estimate of any number of slices, in batches that suit the device.

    Args:
        enhancer: Ready for inference.
        target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
        guide: g, ``(n, 1, I, J)``, on ``fine``, about 0-1; None for unguided networks.
        coarse: Grid of the target.
        fine: Grid of the estimate; its k axis is that of ``coarse``.

    Returns:
        x^, ``(n, 1, I, J)``, about 0-1.
    """
    batch = slices_at_once(target.device)
    targets = torch.split(target, batch)
    guides = [None] * len(targets) if guide is None else torch.split(guide, batch)
    pairs = zip(targets, guides, strict=True)
    return torch.cat([enhancer.enhance(y, g, coarse, fine) for y, g in pairs])
