"""Shipped weights as `enhance` uses them: blended with the unguided ones of their kind."""

from __future__ import annotations

from crossres.inference import Blend
from crossres.types import WeightsError
from crossres.weights import load_weights
from crossres.weights.defaults import unguided_of

SUFFIX = "-blended"
"""Suffix of the names of result files."""


def blend_of(weights: str) -> Blend:
    """Return shipped guided weights, blended with the unguided ones of their kind.

    Raises:
        WeightsError: There are none of that kind.
    """
    unguided = unguided_of(weights)
    if unguided is None:
        raise WeightsError(f"no unguided weights of the kind of {weights!r}; run without --blend")
    return Blend(load_weights(weights), load_weights(unguided))
