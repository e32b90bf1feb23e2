"""Weights as `enhance` uses them: blended with the unguided ones beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from crossres.inference import Blend, Enhancer
from crossres.inference.self_validation import guide_blur_of
from crossres.reproduction.simulated import Simulated
from crossres.types import WeightsError
from crossres.weights import load_weights
from crossres.weights.choose import unguided_of

SUFFIX = "-blended"
"""Of the names of result files."""
Kind = TypeVar("Kind", bound=Enhancer)


def blend_of(weights: str) -> Blend:
    """Return shipped guided weights beside the unguided ones of their kind.

    Raises:
        WeightsError: There are none of that kind.
    """
    unguided = unguided_of(weights)
    if unguided is None:
        raise WeightsError(f"no unguided weights go with {weights!r}; leave --blend out")
    return Blend(load_weights(weights), load_weights(unguided))


def fitted(enhancer: Kind, simulated: Simulated) -> Kind:
    """Tell a blend how sharp the guide is; return anything else as it is."""
    if not isinstance(enhancer, Blend):
        return enhancer
    return replace(enhancer, guide_blur=guide_blur_of(simulated.pair, simulated.detail))
