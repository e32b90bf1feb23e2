"""Lesions: contrast and volume are those of the truth where the estimate is the truth."""

import numpy as np
import pytest
from studies.downstream.lesions import contrast, dice, marked, surroundings

from crossres.volume import Grid, Volume


@pytest.fixture
def truth() -> Volume:
    data = np.full((40, 40, 10), 100.0, np.float32)
    data[15:25, 15:25, 3:7] = 200.0
    return Volume(data, Grid(data.shape, np.eye(4)))


def test_surroundings_are_near_the_lesion_and_not_at_its_rim(truth: Volume) -> None:
    lesion = truth.data > 150
    around = surroundings(lesion, truth)
    assert not (around & lesion).any()
    assert not around[14, 20, 5]
    assert around[10, 20, 5]
    assert not around[5, 20, 5]


def test_contrast_is_a_share_of_the_surroundings(truth: Volume) -> None:
    lesion = truth.data > 150
    around = surroundings(lesion, truth)
    assert contrast(truth.data, lesion, around) == pytest.approx(1.0)
    assert contrast(7 * truth.data, lesion, around) == pytest.approx(1.0)


def test_a_lesion_is_marked_by_the_threshold_of_the_truth(truth: Volume) -> None:
    lesion = truth.data > 150
    around = surroundings(lesion, truth)
    assert dice(marked(truth.data, lesion, around, truth.data), lesion) == 1
    fainter = np.where(lesion, 140, truth.data)
    assert not marked(fainter, lesion, around, truth.data).any()


def test_dice_is_symmetric_and_1_for_equal_masks() -> None:
    one, other = np.arange(10) < 4, np.arange(10) < 6
    assert dice(one, other) == dice(other, one) == pytest.approx(0.8)
    assert dice(one, one) == dice(one[:0], one[:0]) == 1
