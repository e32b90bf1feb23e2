"""How sure the networks are: the spread of what they say of an image in several positions."""

from __future__ import annotations

import time

import numpy as np
import torch

from crossres.cascade import Positioned
from crossres.inference import Result, part_of, result_of, slice_orders, super_resolve
from crossres.types import Progress
from crossres.volume import Pair, Volume


def enhance_with_spread(
    cascade: Positioned,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> tuple[Result, Volume]:
    """Enhance the image from every position, and tell how far the estimates lie apart.

    A network that learned from images in all positions has no reason to prefer one: where its
    estimates differ it is unsure. Errors that all of them share are not seen, so the spread says
    where errors are larger, not how large they are (docs/trust.md has the measurement).

    Args:
        cascade: From learning or from shipped weights.
        pair: Target, guide on the fine grid, and the fine grid.
        batch: Slices at a time, as :func:`crossres.inference.super_resolve` takes it.
        device: Where the networks run.
        progress: Told (slices done, slices in all), all positions together.

    Returns:
        The result, its volume the mean over the positions; and the standard deviation over them,
        on the fine grid, in the target's intensities.
    """
    start = time.perf_counter()
    ways = slice_orders(pair.target.grid, pair.fine)
    slices = sum(pair.fine.shape[order[2]] for order, _ in ways)
    mean, squares = np.zeros(pair.fine.shape), np.zeros(pair.fine.shape)
    for number, how in enumerate(cascade.positions):
        seen = super_resolve(
            cascade.turned((how,)), pair, batch=batch, device=device,
            progress=part_of(progress, [slices] * len(cascade.positions), number),
        ).volume  # fmt: skip
        away = seen.data - mean
        mean = mean + away / (number + 1)
        squares = squares + away * (seen.data - mean)
    spread = np.sqrt(squares / (len(cascade.positions) - 1))
    result = result_of(pair, seen.with_data(mean), time.perf_counter() - start)
    return result, seen.with_data(spread)
