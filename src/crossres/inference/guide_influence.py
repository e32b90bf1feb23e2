"""What the guide changed: the result minus one by unguided networks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import torch

from crossres.inference.agreement import constrain
from crossres.inference.cascade import Cascade
from crossres.inference.single_pass import estimate_volume
from crossres.physics import BackProjection, interpolate_volume
from crossres.volume import Grid, Pair, Volume


def guide_influence(
    result: Volume,
    unguided: Cascade | None,
    pair: Pair,
    method: BackProjection,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
) -> Volume | None:
    """Return a result minus one by unguided networks.

    Args:
        result: The estimate of a pass, air at 0.
        unguided: Unguided networks of the same kind, or None.
        pair: Target, fine grid and guide of the pass, air at 0.
        method: The back-projection of the pass.
        batch: Slices at a time, as :func:`crossres.super_resolve` takes it.
        device: Where the networks run.

    Returns:
        The difference in the scan's intensities; None without a guide or unguided networks.

    Raises:
        SettingsError: A batch below 1, or a device that does not exist.
    """
    if pair.guide is None or unguided is None:
        return None
    alone = Pair(pair.target, pair.fine)
    plain = estimate_volume(
        unguided.with_back_projection(method), alone, batch=batch, device=device
    )
    return result.with_data(result.data - constrain(plain, alone, method).volume.data)


def joint_influence(parts: Sequence[Volume | None], fine: Grid) -> Volume | None:
    """Return the sum of the influences of several passes on the grid of the last.

    Args:
        parts: One per pass.
        fine: The grid of the last pass.

    Returns:
        A map on ``fine``; None where no pass has one.
    """
    given = [part for part in parts if part is not None]
    placed = [one if one.shape == fine.shape else interpolate_volume(one, fine) for one in given]
    if not placed:
        return None
    return reduce(lambda one, other: one.with_data(one.data + other.data), placed)
