"""Restrict a stack of slices to the rows and columns that hold foreground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.inference.protocol import Enhancer
from crossres.physics import Acquisition, back_project
from crossres.types import Coarse, Fine
from crossres.volume import CROPPING_LEVEL, Grid

Window = tuple[slice, slice]
"""Rows and columns of coarse pixels."""

BUSY = 0.002
"""Share of a row's or column's pixels in the foreground from which it is kept."""
MARGIN = 32
"""Fine pixels that are kept around: as many as the networks see to either side (16 or 31), and the
correction of back-projection has decayed."""


def bounding_window(slices: Coarse, coarse: Grid, fine: Grid) -> Window:
    """Return the rows and columns that hold foreground in any slice, and a margin.

    An axis is cropped only where a coarse pixel is a whole number of fine ones.

    Args:
        slices: y, ``(n, 1, i, j)`` on the coarse grid, about 0-1.
        coarse: Their grid.
        fine: Grid of the estimate.

    Returns:
        Rows and columns of coarse pixels.
    """
    seen = slices[:, 0] > CROPPING_LEVEL
    shares = seen.float().mean(dim=(0, 2)), seen.float().mean(dim=(0, 1))
    sizes = zip(shares, coarse.shape, fine.shape, strict=False)
    rows, columns = (_busy(share, m / n) for share, n, m in sizes)
    return rows, columns


def _busy(share: Float[Tensor, " n"], factor: float) -> slice:
    where = torch.nonzero(share > BUSY).flatten()
    if len(where) == 0 or factor != round(factor):
        return slice(0, len(share))
    margin = math.ceil(MARGIN / factor)
    return slice(max(0, int(where[0]) - margin), min(len(share), int(where[-1]) + 1 + margin))


@dataclass(frozen=True, eq=False)
class Cropped:
    """An enhancer that runs within a window, with interpolation outside it.

    Args:
        enhancer: Ready for inference.
        coarse: Grid of the target; slices lie along k.
        fine: Grid of the estimate.
        window: Where there is foreground.
    """

    enhancer: Enhancer
    coarse: Grid
    fine: Grid
    window: Window

    @cached_property
    def _acquisition(self) -> Acquisition:
        return Acquisition(self.fine, self.coarse)

    @cached_property
    def _fine_window(self) -> Window:
        factors = self.coarse.factors_to(self.fine)
        rows, columns = (
            slice(round(cut.start * f), round(cut.stop * f))
            for cut, f in zip(self.window, factors, strict=False)
        )
        return rows, columns

    def enhance(self, target: Coarse, guide: Fine | None) -> Fine:
        """Return the estimate of a batch of slices.

        Args:
            target: y, ``(n, 1, i, j)``, about 0-1.
            guide: g, ``(n, 1, I, J)``, about 0-1, or None.

        Returns:
            x^, ``(n, 1, I, J)``, on the fine grid.
        """
        if self.window == tuple(slice(0, n) for n in self.coarse.shape[:2]):
            return self.enhancer.enhance(target, guide, self.coarse, self.fine)
        upsampled = self._acquisition.upsample(target)
        estimate = back_project(self._acquisition, upsampled, target, self.enhancer.back_projection)
        rows, columns = self._fine_window
        seen = None if guide is None else guide[..., rows, columns]
        estimate[..., rows, columns] = self.enhancer.enhance(
            target[..., *self.window], seen,
            self.coarse.cropped((*self.window, slice(None))),
            self.fine.cropped((rows, columns, slice(None))),
        )  # fmt: skip
        return estimate
