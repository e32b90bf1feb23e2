"""Volumes as stacks of slices, and back: the one place where a pair is cut for a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from crossres import physics
from crossres.types import (
    Array3,
    Coarse,
    Fine,
    Flips,
    GridError,
    Order,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Pair, Volume, intensity_scale, without_background

Cut = tuple[Order, Flips]
"""An order of the voxel axes, and which of them are reversed; slices lie along the last."""


@dataclass(frozen=True, eq=False)
class Example:
    """One subject's slices, normalised to about 0-1.

    Args:
        target: y, ``(n, 1, i, j)`` on the coarse grid.
        coarse: Its grid; slices lie along k.
        fine: The grid of the estimate.
        guide: g, ``(n, 1, I, J)`` on the fine grid, or None.
        density: Share of the positions in the slices at which patches are drawn, above 0 and up to
            1: less for images with so many pixels that they would outweigh the others.

    Raises:
        SettingsError: A density outside its range.
    """

    target: Coarse
    coarse: Grid
    fine: Grid
    guide: Fine | None = None
    density: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1:
            raise SettingsError(f"density must be above 0 and at most 1, got {self.density}")


def slice_orders(coarse: Grid, fine: Grid) -> list[Cut]:
    """Return the ways to cut a volume into slices, all axes running R, A, S-wards.

    Slices lie along the last axis, which is one that does not change; the axes that get finer come
    first. Where two axes do not change there are two ways: the planes that contain the third.

    Args:
        coarse: Grid of the target.
        fine: Grid of the estimate.

    Returns:
        One way, or two.

    Raises:
        GridError: No axis gets finer, or all three do.
    """
    order, flips = coarse.axis_order()
    unchanged = [n for n, axis in enumerate(order) if coarse.shape[axis] == fine.shape[axis]]
    if len(unchanged) == 3:
        raise GridError("no axis gets finer; choose a factor above 1")
    if not unchanged:
        raise GridError(
            "one axis must keep its spacing (networks work on slices); take two passes: in the "
            "plane, then across the slices"
        )
    changed = [n for n in range(3) if n not in unchanged]
    cuts = [(*changed, *(n for n in unchanged if n != last), last) for last in reversed(unchanged)]
    return [((order[a], order[b], order[c]), (flips[a], flips[b], flips[c])) for a, b, c in cuts]


def to_slices(data: Array3) -> Float[Tensor, "k 1 i j"]:
    """Return an array as a batch of slices along its last axis.

    Args:
        data: ``(i, j, k)``.

    Returns:
        ``(k, 1, i, j)``.
    """
    return torch.from_numpy(np.ascontiguousarray(data.transpose(2, 0, 1)))[:, None]


def from_slices(slices: Float[Tensor, "k 1 i j"]) -> Array3:
    """Undo :func:`to_slices`.

    Args:
        slices: ``(k, 1, i, j)``.

    Returns:
        ``(i, j, k)``.
    """
    return np.ascontiguousarray(slices[:, 0].numpy().transpose(1, 2, 0))


def example_of(pair: Pair, *, every: int = 1) -> Example:
    """Cut a pair into normalised slices along an axis that does not change.

    Args:
        pair: Target, fine grid and guide.
        every: Keep every n-th of the slices that are not empty, at least 1.

    Returns:
        The slices, their axes running R, A, S-wards.

    Raises:
        GridError: All three axes get finer.
        VolumeError: Every slice is empty, NaN or infinite voxels, or a background brighter than
            the head.
    """
    pair, _ = without_background(pair)
    same = pair.target.grid.shape == pair.fine.shape
    cut = pair.fine.axis_order() if same else slice_orders(pair.target.grid, pair.fine)[0]
    return _sliced(pair.target, pair.fine, pair.guide, cut, every)


def plane_example(pair: Pair, *, every: int = 1) -> Example:
    """Cut a thick-sliced pair into its thick slices: the training images of ``ThroughPlane``.

    Slices lie along the coarse axis: the plane that the scan resolves. The guide is brought to the
    thick slices as a scan there would show it.

    Args:
        pair: Target, fine grid and guide; one axis gets finer.
        every: Keep every n-th of the slices that are not empty, at least 1.

    Returns:
        The slices; target and guide on one grid.

    Raises:
        GridError: Not exactly one axis gets finer.
        VolumeError: Every slice is empty, NaN or infinite voxels, or a background brighter than
            the head.
    """
    cuts = slice_orders(pair.target.grid, pair.fine)
    if len(cuts) != 2:
        raise GridError("through-plane training requires one axis that gets finer, not two")
    order, flips = cuts[0]
    cut = (order[1], order[2], order[0]), (flips[1], flips[2], flips[0])
    pair, _ = without_background(pair)
    guide = None if pair.guide is None else physics.acquire_volume(pair.guide, pair.target.grid)
    return _sliced(pair.target, pair.fine, guide, cut, every)


def _sliced(target: Volume, fine: Grid, guide: Volume | None, cut: Cut, every: int) -> Example:
    """Return target and guide as normalised slices that are not empty."""
    target = target.reordered(*cut)
    y = to_slices(target.data / intensity_scale(target.data))
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()[::every]
    if len(used) == 0:
        raise VolumeError("every slice of the target is empty")
    if guide is None:
        return Example(y[used], target.grid, fine.reordered(*cut))
    g = to_slices(guide.reordered(*cut).data / intensity_scale(guide.data))
    return Example(y[used], target.grid, fine.reordered(*cut), g[used])
