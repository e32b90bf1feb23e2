"""Volumes as stacks of slices, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from crossres.physics import (
    Acquisition,
)
from crossres.training.base import Slices
from crossres.types import (
    Array3,
    GridError,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Pair, Volume, intensity_scale

Order = tuple[int, int, int]


Flips = tuple[bool, bool, bool]


def slice_orders(coarse: Grid, fine: Grid) -> list[tuple[Order, Flips]]:
    """Return the ways to cut a volume into slices: orders of its axes, all running R, A, S-wards.

    Slices lie along the last axis, which is one that does not change, and what gets finer comes
    first. Where two axes stay as they are, there are two ways: the planes that contain the third.

    Raises:
        GridError: No axis gets finer, or all three do.
    """
    order, flips = coarse.axis_order()
    unchanged = [n for n, axis in enumerate(order) if coarse.shape[axis] == fine.shape[axis]]
    if len(unchanged) == 3:
        raise GridError("no axis gets finer; ask for a factor above 1")
    if not unchanged:
        raise GridError(
            "one axis must keep its spacing (networks work on slices); take two passes: in the "
            "plane, then across the slices"
        )
    changed = [n for n in range(3) if n not in unchanged]
    ways = [(*changed, *(n for n in unchanged if n != last), last) for last in reversed(unchanged)]
    return [((order[a], order[b], order[c]), (flips[a], flips[b], flips[c])) for a, b, c in ways]


def to_slices(data: Array3) -> Float[Tensor, "k 1 i j"]:
    """Return an (i, j, k) array as a batch of slices."""
    return torch.from_numpy(np.ascontiguousarray(data.transpose(2, 0, 1)))[:, None]


def from_slices(slices: Float[Tensor, "k 1 i j"]) -> Array3:
    """Undo :func:`to_slices`."""
    return np.ascontiguousarray(slices[:, 0].numpy().transpose(1, 2, 0))


@dataclass(frozen=True, eq=False)
class Example:
    """One subject's slices, normalised to about 0-1.

    Args:
        target: y, ``(n, 1, i, j)`` on the coarse grid.
        coarse: Its grid; slices lie along k.
        fine: The grid wanted in the end.
        guide: g, ``(n, 1, I, J)`` on the fine grid, or None.
        density: Share of its places that patches are drawn around, above 0 and up to 1: less for
            images with so many pixels that they would crowd out the others.

    Raises:
        SettingsError: A density outside its range.
    """

    target: Slices
    coarse: Grid
    fine: Grid
    guide: Slices | None = None
    density: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1:
            raise SettingsError(f"density must be above 0 and at most 1, got {self.density}")


def example_of(pair: Pair, *, every: int = 1) -> Example:
    """Turn a pair into what learning takes: normalised slices along the unchanged axis.

    Args:
        pair: Target, fine grid and guide.
        every: Keep every n-th of the slices that are not empty.

    Raises:
        VolumeError: Every slice is empty.
    """
    same = pair.target.grid.shape == pair.fine.shape
    way = pair.fine.axis_order() if same else slice_orders(pair.target.grid, pair.fine)[0]
    return _sliced(pair.target, pair.fine, pair.guide, way, every)


def plane_example(pair: Pair, *, every: int = 1) -> Example:
    """Turn a pair of which one axis gets finer into what :class:`ThroughPlane` learns from.

    Slices lie along the coarse axis: the plane that the scan resolves. The guide is brought to the
    thick slices as a scan there would show it.

    Args:
        pair: Target, fine grid and guide.
        every: Keep every n-th of the slices that are not empty.

    Raises:
        GridError: Not just one axis gets finer.
        VolumeError: Every slice is empty.
    """
    ways = slice_orders(pair.target.grid, pair.fine)
    if len(ways) != 2:
        raise GridError("learning across the plane wants one axis that gets finer, here are two")
    (order, flips), guide = ways[0], pair.guide
    way = (order[1], order[2], order[0]), (flips[1], flips[2], flips[0])
    if guide is not None:
        acquisition = Acquisition(pair.fine, pair.target.grid)
        seen = acquisition.forward(torch.from_numpy(guide.data)[None, None])
        guide = guide.with_data(seen[0, 0].numpy(), pair.target.grid)
    return _sliced(pair.target, pair.fine, guide, way, every)


def _sliced(
    target: Volume, fine: Grid, guide: Volume | None, way: tuple[Order, Flips], every: int
) -> Example:
    """Cut target and guide into normalised slices."""
    target = target.reordered(*way)
    y = to_slices(target.data / intensity_scale(target.data))
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()[::every]
    if len(used) == 0:
        raise VolumeError("every slice of the target is empty")
    if guide is None:
        return Example(y[used], target.grid, fine.reordered(*way))
    g = to_slices(guide.reordered(*way).data / intensity_scale(guide.data))
    return Example(y[used], target.grid, fine.reordered(*way), g[used])
