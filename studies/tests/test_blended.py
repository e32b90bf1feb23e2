"""Experiments can measure what `enhance` does with shipped weights: blend two of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from studies.blended import blend_of, fitted

from crossres.inference import Blend
from crossres.io import find_cases
from crossres.reproduction.simulated import simulate
from crossres.types import WeightsError
from crossres.weights import load_weights


def test_guided_weights_are_blended_with_the_unguided_ones_of_their_kind() -> None:
    blend = blend_of("t1-t2-axial-x2")
    assert blend.informed.guided
    assert not blend.alone.guided
    with pytest.raises(WeightsError, match="leave --blend out"):
        blend_of("t2-axial-x2")


def test_a_blend_is_told_how_sharp_the_guide_is_and_nothing_else_is_changed(cohort: Path) -> None:
    seen = simulate(find_cases(cohort)[0], 2.0)
    i, j, k = (3 * d for d in seen.pair.fine.spacing)
    coarse = replace(seen, detail=(i, j, k))
    blend = fitted(blend_of("t1-t2-axial-x2"), coarse)
    assert isinstance(blend, Blend)
    assert blend.guide_blur == pytest.approx((8**0.5, 8**0.5))
    assert fitted(blend, seen).guide_blur == (0.0, 0.0)
    alone = load_weights("t2-axial-x2")
    assert fitted(alone, coarse) is alone
