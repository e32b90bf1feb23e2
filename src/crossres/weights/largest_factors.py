"""The largest factors that weights are for, in the plane and across the slices."""

from __future__ import annotations

from collections.abc import Sequence

from crossres.inference import Candidate
from crossres.volume.target_grid import LARGEST_FACTOR
from crossres.weights.choose import WeightsCandidate
from crossres.weights.defaults import UNKNOWN, KnownContrasts, default_weights
from crossres.weights.store import read_card

_KINDS = {2: (LARGEST_FACTOR, LARGEST_FACTOR, 1.0), 1: (1.0, 1.0, LARGEST_FACTOR)}
"""Factors that the shipped weights for the most are chosen by, for each number of coarse axes."""


def largest_factors(
    given: Sequence[str | Candidate], *, guided: bool, contrasts: KnownContrasts = UNKNOWN
) -> tuple[float, float]:
    """Return the largest factors that the weights of a scan are for, as their cards state them.

    Args:
        given: Names, files or candidates that the user gave; the shipped weights serve the rest.
        guided: Whether there is a guide.
        contrasts: Contrasts of target and guide, which decide on the shipped weights.

    Returns:
        The largest factor along the axes of the plane, and the largest across the slices; 16 for
        candidates without a card.

    Raises:
        WeightsError: Unknown or damaged weights.

    Example:
        >>> largest_factors((), guided=True, contrasts=("T2w", "T1w"))[0]
        4.0
    """
    found = dict(_axes_and_factor(one) for one in given)
    target, guide = contrasts
    for axes, factors in _KINDS.items():
        if axes not in found:
            name = default_weights(factors, guided=guided, target=target, guide=guide)
            found[axes] = read_card(name).factors[1]
    return found[2], found[1]


def _axes_and_factor(given: str | Candidate) -> tuple[int, float]:
    """Return the number of coarse axes that weights are for, and their largest factor."""
    card = given.card if isinstance(given, WeightsCandidate) else None
    if isinstance(given, Candidate) and card is None:
        return given.cascade.axes, LARGEST_FACTOR
    card = card or read_card(str(given))
    return card.axes, card.factors[1]
