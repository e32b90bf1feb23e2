"""The guide is used where it helps in rehearsal, and left out, with a word, where it does not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossres.inference import Blend, Cascade, SelfValidation, choice
from crossres.inference.choice import choose
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.registration import Aligned
from crossres.types import VolumeError
from crossres.volume import Pair
from crossres.weights import load_weights

NAMES = ("t1-t2-axial-x2", "t2-axial-x2")


@pytest.fixture(scope="module")
def paired() -> Aligned:
    """Return a drawn head with its own guide."""
    guide, reference = make_pair(5, shape=(88, 104, 8), spacing=(2.0, 2.0, 4.0))
    target = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    return Aligned(Pair(target, reference.grid, guide), detail=guide.grid.spacing)


def test_a_guide_that_fits_is_used(paired: Aligned) -> None:
    chosen = choose(*NAMES, paired, device="cpu")
    assert (chosen.weights, chosen.warning) == (NAMES[0], None)
    assert chosen.gains[NAMES[0]] > chosen.gains[NAMES[1]]


def test_both_weights_have_their_say_where_the_guide_serves(paired: Aligned) -> None:
    chosen = choose(*NAMES, paired, device="cpu")
    assert chosen.names == "t1-t2-axial-x2 and t2-axial-x2"
    loaded: list[str] = []

    def load(name: str) -> Cascade:
        loaded.append(name)
        return load_weights(name)

    assert isinstance(chosen.load(load), Blend)
    assert loaded == list(NAMES)


def test_a_guide_less_sharp_than_the_fine_grid_is_told_to_the_blend(paired: Aligned) -> None:
    i, j, k = paired.pair.fine.spacing
    blunt = replace(paired, detail=(2 * i, 2 * j, k))
    assert choose(*NAMES, blunt, device="cpu").guide_blur == pytest.approx((3**0.5, 3**0.5))


def test_weights_across_the_slices_speak_alone() -> None:
    guide, reference = make_pair(5, shape=(88, 104, 30), spacing=(2.0, 2.0, 2.0))
    target = degrade(reference, reference.grid.coarsened((1, 1, 3)))
    thick = Aligned(Pair(target, reference.grid, guide), detail=guide.grid.spacing)
    chosen = choose("t1-t2-through-plane-x3", "t2-through-plane-x3", thick, device="cpu")
    assert chosen.gains
    assert chosen.beside is None
    assert isinstance(chosen.load(load_weights), Cascade)


def test_a_guide_that_lies_elsewhere_is_left_out_with_a_word(paired: Aligned) -> None:
    guide = paired.pair.guide
    assert guide is not None
    moved = guide.with_data(np.roll(guide.data, 4, axis=(0, 1)))
    lost = Aligned(Pair(paired.pair.target, paired.pair.fine, moved))
    chosen = choose(*NAMES, lost, device="cpu")
    assert chosen.weights == NAMES[1]
    assert "the guide does not fit" in (chosen.warning or "")
    assert "--keep-guide" in (chosen.warning or "")
    assert chosen.names == NAMES[1]


def test_what_cannot_be_rehearsed_is_taken_as_asked_for(
    paired: Aligned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> SelfValidation:
        raise VolumeError("too small")

    monkeypatch.setattr(choice, "rehearse", fail)
    assert choose(*NAMES, paired, device="cpu") == choice.Choice(NAMES[0], {})
