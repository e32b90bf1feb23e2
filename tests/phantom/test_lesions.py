"""Lesions replace white matter only."""

import numpy as np

from crossres.phantom import Tissue
from crossres.phantom.lesions import add_lesions, draw_lesions


def white_and_grey() -> np.ndarray:
    fractions = np.zeros((len(Tissue), 81, 101, 41), dtype=np.float32)
    fractions[Tissue.WHITE, ..., :20] = 1
    fractions[Tissue.GREY, ..., 20:] = 1
    return fractions


def test_lesions_replace_white_matter_only() -> None:
    before, after = white_and_grey(), white_and_grey()
    axes = (np.arange(-40.0, 41), np.arange(-55.0, 46), np.arange(0.0, 41))
    add_lesions(after, axes, draw_lesions(1, 8))
    assert after[Tissue.LESION].sum() > 100
    np.testing.assert_array_equal(after[Tissue.GREY], before[Tissue.GREY])
    np.testing.assert_allclose(after.sum(0), 1)


def test_number_and_seed() -> None:
    assert draw_lesions(1, 0) == []
    assert len(draw_lesions(1, 5)) == 5
    assert draw_lesions(1, 5) == draw_lesions(1, 5) != draw_lesions(2, 5)
