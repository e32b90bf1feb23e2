"""The largest factors are those on the cards of the weights that would serve."""

import pytest

from crossres.inference import Candidate
from crossres.volume.target_grid import LARGEST_FACTOR
from crossres.weights import load_weights, read_card
from crossres.weights.choose import load_candidate
from crossres.weights.largest_factors import largest_factors


@pytest.mark.parametrize("guided", [True, False])
def test_the_shipped_cards_decide(guided: bool) -> None:
    start = "t1-t2" if guided else "t2"
    contrasts = ("T2w", "T1w" if guided else None)
    expected = [
        read_card(f"{start}-{kind}").factors[1] for kind in ("axial-x4", "through-plane-x5")
    ]
    assert list(largest_factors((), guided=guided, contrasts=contrasts)) == expected


def test_weights_of_the_user_decide_for_their_axes() -> None:
    plane, across = largest_factors(("t1-t2-axial-x2",), guided=True)
    assert plane == read_card("t1-t2-axial-x2").factors[1] == 2.0
    assert across == read_card("guided-any-through-plane-x5").factors[1]


def test_candidates_have_the_limit_of_their_card_if_any() -> None:
    named = load_candidate("t1-t2-axial-x2")
    assert largest_factors((named,), guided=True)[0] == 2.0
    bare = Candidate("mine", load_weights("t1-t2-axial-x2"))
    assert largest_factors((bare,), guided=True)[0] == LARGEST_FACTOR
