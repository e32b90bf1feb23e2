"""The order of the layers, from the skin inwards."""

import numpy as np
import pytest

from crossres.phantom import Tissue
from crossres.phantom.layers import tissue_fractions
from crossres.phantom.subject import Subject


@pytest.fixture(scope="module")
def ray() -> np.ndarray:
    """Tissues on the way from the centre of the right hemisphere to the air on the right."""
    line = np.arange(20.0, 100.0, 0.5)
    fractions = tissue_fractions(
        Subject(1), (line, np.arange(-30.0, -26), np.arange(28.0, 32)), 0.5
    )
    return fractions.mean(axis=(2, 3))


def test_fractions_sum_to_one(ray: np.ndarray) -> None:
    np.testing.assert_allclose(ray.sum(0), 1, atol=1e-5)
    assert ray.min() >= 0


def test_layers_follow_each_other(ray: np.ndarray) -> None:
    order = (Tissue.WHITE, Tissue.GREY, Tissue.BONE, Tissue.FAT, Tissue.SKIN, Tissue.AIR)
    where = [np.average(np.arange(ray.shape[1]), weights=ray[tissue]) for tissue in order]
    assert where == sorted(where)


def test_layers_are_thin(ray: np.ndarray) -> None:
    millimetres = 0.5 * ray.sum(1)
    assert 1 < millimetres[Tissue.SKIN] < 3
    assert 2 < millimetres[Tissue.BONE] + millimetres[Tissue.MARROW] < 10
    assert millimetres[Tissue.MARROW] > 0.5
