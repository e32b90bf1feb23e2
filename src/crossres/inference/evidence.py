"""How sure the networks are: the spread of what they say of an image in several positions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from crossres.inference.cascade import Cascade
from crossres.inference.protocol import Positioned
from crossres.inference.single_pass import (
    Result,
    part_of,
    result_of,
    super_resolve,
)
from crossres.inference.slicing import slice_orders
from crossres.types import Progress
from crossres.volume import Pair, Volume
from crossres.weights import load_weights
from crossres.weights.choose import unguided_of


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
        batch: Slices at a time, as :func:`crossres.inference.single_pass.super_resolve` takes it.
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


@dataclass(frozen=True, eq=False)
class Evidence:
    """Maps beside a result; None where there is none.

    Args:
        spread: Standard deviation over positions of the slice, intensity of the scan.
        influence: The result minus one by unguided weights, intensity of the scan.
    """

    spread: Volume | None = None
    influence: Volume | None = None


def enhance_with_evidence(
    cascade: Positioned,
    weights: str,
    pair: Pair,
    *,
    batch: int | None,
    device: str,
    progress: Progress | None,
    load: Callable[[str], Cascade] = load_weights,
) -> tuple[Result, Evidence]:
    """Enhance from every position, and once without the guide, if there are weights for that.

    Args:
        cascade: Of the weights, with what was asked for.
        weights: Their name, which leads to unguided ones of the same kind.
        pair: Target, fine grid and guide.
        batch: Slices at a time, or None.
        device: Where the networks run.
        progress: Told (slices done, slices in all) of the positions.
        load: Gives the cascade of weights by their name.
    """
    result, spread = enhance_with_spread(
        cascade, pair, batch=batch, device=device, progress=progress
    )
    unguided = unguided_of(weights)
    if pair.guide is None or unguided is None:
        return result, Evidence(spread)
    alike = load(unguided).agreeing(cascade.back_projection)
    alone = Pair(pair.target, pair.fine)
    without = super_resolve(alike, alone, batch=batch, device=device).volume
    return result, Evidence(spread, without.with_data(result.volume.data - without.data))
