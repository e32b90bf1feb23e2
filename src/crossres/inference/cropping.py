"""The part of a stack of slices that shows something: networks are spared the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.inference.protocol import Sharpener
from crossres.physics import Acquisition, back_project
from crossres.volume import Grid

Slices = Float[Tensor, "n 1 i j"]
Window = tuple[slice, slice]
"""Rows and columns of coarse pixels."""

FOREGROUND = 0.1
"""Of the intensity scale; air, with its noise, lies below."""
BUSY = 0.002
"""Share of a row's or column's pixels in the foreground from which it shows something."""
MARGIN = 24
"""Fine pixels that are kept around: a stage's network sees 16, and back-projection has decayed."""


def window_of(slices: Slices, coarse: Grid, fine: Grid) -> Window:
    """Return the rows and columns that show something in any slice, and a margin.

    An axis is cropped only where a coarse pixel is a whole number of fine ones.

    Args:
        slices: y, ``(n, 1, i, j)`` on the coarse grid, about 0-1.
        coarse: Their grid.
        fine: The grid wanted.
    """
    seen = slices[:, 0] > FOREGROUND
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
class Windowed:
    """A cascade, or what takes its place, at work within a window, and interpolation outside it.

    Args:
        cascade: Ready to enhance.
        coarse: The target's grid; slices lie along k.
        fine: The grid wanted.
        window: Where there is something.
    """

    cascade: Sharpener
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

    @property
    def _whole(self) -> bool:
        return self.window == tuple(slice(0, n) for n in self.coarse.shape[:2])

    def enhance(self, target: Slices, guide: Slices | None) -> Slices:
        """Return the estimate of a batch of slices, ``(n, 1, i, j)`` on the fine grid."""
        if self._whole:
            return self.cascade.enhance(target, guide, self.coarse, self.fine)
        estimate = self._interpolated(target)
        rows, columns = self._fine_window
        seen = None if guide is None else guide[..., rows, columns]
        estimate[..., rows, columns] = self.cascade.enhance(
            target[..., *self.window], seen,
            self.coarse.cropped((*self.window, slice(None))),
            self.fine.cropped((rows, columns, slice(None))),
        )  # fmt: skip
        return estimate

    def _interpolated(self, target: Slices) -> Slices:
        """Return cubic interpolation that agrees with the scan as the cascade's estimates do."""
        how = self.cascade.back_projection
        return back_project(self._acquisition, self._acquisition.upsample(target), target, how)
