"""What a result rests on: how sure the networks are, and what they took from the guide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crossres.cascade import Cascade, Positioned
from crossres.enhancement.request import unguided_of
from crossres.inference import Result, super_resolve
from crossres.types import Progress
from crossres.uncertainty import enhance_with_spread
from crossres.volume import Pair, Volume
from crossres.weights import load_weights


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
