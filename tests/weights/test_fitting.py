"""A warning of a spacing or a factor names shipped weights that fit, and none that do not."""

import numpy as np
import pytest

from crossres.volume import Grid, Pair, Volume
from crossres.weights import read_card, shipped_names
from crossres.weights.fitting import fitting_weights, limits_of


def scan(spacing: tuple[float, float, float]) -> Grid:
    return Grid((20, 20, 6), np.diag([*spacing, 1.0]))


def pair(coarse: Grid, factors: tuple[float, float, float]) -> Pair:
    data = np.random.default_rng(0).random(coarse.shape, dtype=np.float32)
    return Pair(Volume(data, coarse), coarse.refined(factors))


def test_the_warning_names_weights_that_fit() -> None:
    card, given = read_card("t2-axial-x2"), pair(scan((4.0, 4.0, 5.0)), (2, 2, 1))
    [warning] = limits_of(card, given)
    assert warning.startswith(card.warnings_for(given)[0])
    assert warning.endswith("; for that give `weights` t2-axial-x4")


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 5.0), (40.0, 40.0, 50.0)])
def test_nothing_is_named_where_the_weights_fit_or_none_do(
    spacing: tuple[float, float, float],
) -> None:
    card, given = read_card("t2-axial-x2"), pair(scan(spacing), (2, 2, 1))
    assert limits_of(card, given) == card.warnings_for(given)


@pytest.mark.parametrize("factors", [(2, 2, 1), (4, 4, 1), (1, 1, 3), (1, 1, 5)])
@pytest.mark.parametrize("name", shipped_names())
def test_what_is_named_fits_and_is_for_the_same_contrasts(
    name: str, factors: tuple[float, float, float]
) -> None:
    card, coarse = read_card(name), scan((3.0, 3.0, 5.0))
    for found in map(read_card, fitting_weights(card, coarse, coarse.refined(factors))):
        assert found.fits(coarse, coarse.refined(factors))
        assert (found.target, found.guide) == (card.target, card.guide)


def test_weights_for_other_contrasts_lead_to_those_for_any() -> None:
    card = read_card("t1-t2-axial-x2").model_copy(update={"target": "FLAIR"})
    coarse = scan((4.0, 4.0, 5.0))
    assert fitting_weights(card, coarse, coarse.refined((2, 2, 1))) == ["guided-any-axial-x4"]
