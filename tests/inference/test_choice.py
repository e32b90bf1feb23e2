"""The guide is used where self-validation shows that it helps, and left out elsewhere."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossres.inference import Blend, Candidate, Cascade, SelfValidation, choice
from crossres.inference.choice import choose
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.registration import Aligned
from crossres.types import VolumeError
from crossres.volume import Pair
from crossres.weights import load_weights

GUIDED, UNGUIDED = (
    Candidate(name, load_weights(name)) for name in ("t1-t2-axial-x2", "t2-axial-x2")
)


@pytest.fixture(scope="module")
def aligned() -> Aligned:
    """Return a digital phantom with its own guide."""
    guide, reference = make_pair(5, shape=(88, 104, 8), spacing=(2.0, 2.0, 4.0))
    target = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    return Aligned(Pair(target, reference.grid, guide), detail=guide.grid.spacing)


def test_a_guide_that_fits_is_used(aligned: Aligned) -> None:
    chosen = choose(GUIDED, UNGUIDED, aligned)
    assert (chosen.candidate, chosen.warning) == (GUIDED, None)
    assert chosen.gains[GUIDED.name] > chosen.gains[UNGUIDED.name]


def test_both_are_blended_where_the_guide_helps(aligned: Aligned) -> None:
    chosen = choose(GUIDED, UNGUIDED, aligned)
    assert chosen.names == "t1-t2-axial-x2 and t2-axial-x2"
    enhancer = chosen.enhancer
    assert isinstance(enhancer, Blend)
    assert enhancer.guided_cascade is GUIDED.cascade
    assert enhancer.unguided_cascade is UNGUIDED.cascade


def test_a_guide_that_is_too_dark_is_brightened_in_the_blend(aligned: Aligned) -> None:
    assert aligned.pair.guide is not None
    scale = aligned.pair.guide.data.max()
    dark = aligned.pair.guide.with_data((aligned.pair.guide.data / scale) ** 2 * scale)
    chosen = choose(GUIDED, UNGUIDED, replace(aligned, pair=replace(aligned.pair, guide=dark)))
    assert chosen.candidate.name == GUIDED.name
    assert isinstance(chosen.enhancer, Blend)
    assert chosen.enhancer.guided_cascade.guide_power < 1
    assert GUIDED.cascade.guide_power == 1


def test_the_blend_has_the_blur_of_the_guide(aligned: Aligned) -> None:
    i, j, k = aligned.pair.fine.spacing
    blunt = replace(aligned, detail=(2 * i, 2 * j, k))
    chosen = choose(GUIDED, UNGUIDED, blunt)
    assert chosen.guide_blur == pytest.approx((3**0.5, 3**0.5))
    assert isinstance(chosen.enhancer, Blend)
    assert chosen.enhancer.guide_blur == chosen.guide_blur


def test_through_plane_weights_are_not_blended() -> None:
    guide, reference = make_pair(5, shape=(88, 104, 30), spacing=(2.0, 2.0, 2.0))
    target = degrade(reference, reference.grid.coarsened((1, 1, 3)))
    thick = Aligned(Pair(target, reference.grid, guide), detail=guide.grid.spacing)
    both = (
        Candidate(name, load_weights(name))
        for name in ("t1-t2-through-plane-x3", "t2-through-plane-x3")
    )
    chosen = choose(*both, thick)
    assert chosen.gains
    assert chosen.unguided is None
    assert isinstance(chosen.enhancer, Cascade)


def test_a_misaligned_guide_is_left_out_with_a_warning(aligned: Aligned) -> None:
    guide = aligned.pair.guide
    assert guide is not None
    moved = guide.with_data(np.roll(guide.data, 4, axis=(0, 1)))
    chosen = choose(GUIDED, UNGUIDED, Aligned(Pair(aligned.pair.target, aligned.pair.fine, moved)))
    assert chosen.candidate is UNGUIDED
    assert "the guide does not fit" in (chosen.warning or "")
    assert "`keep_guide`" in (chosen.warning or "")
    assert chosen.names == UNGUIDED.name


def test_a_scan_too_small_for_self_validation_is_enhanced_with_the_first_candidate(
    aligned: Aligned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> SelfValidation:
        raise VolumeError("too small")

    monkeypatch.setattr(choice, "fitted_to_guide", fail)
    chosen = choose(GUIDED, UNGUIDED, aligned)
    assert (chosen.candidate, chosen.gains, chosen.unguided) == (GUIDED, {}, None)
