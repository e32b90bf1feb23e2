"""The scale is robust: it follows the object, not the background nor a few bright voxels."""

import numpy as np
import pytest

from crossres.types import VolumeError
from crossres.volume import intensity_scale


@pytest.fixture
def image() -> np.ndarray:
    data = np.zeros((40, 40, 40), np.float32)
    data[10:30, 10:30, 10:30] = np.random.default_rng(0).uniform(50, 100, (20, 20, 20))
    return data


def test_is_near_the_top_of_the_object(image):
    assert intensity_scale(image) == pytest.approx(99.5, abs=0.5)


@pytest.mark.parametrize("gain", [1e-3, 1, 4095])
def test_follows_the_gain(image, gain):
    assert intensity_scale(image * gain) == pytest.approx(intensity_scale(image) * gain, rel=1e-4)


def test_background_and_its_noise_do_not_count(image):
    padded = np.pad(image, 8)
    assert intensity_scale(padded) == intensity_scale(image)
    noise = np.random.default_rng(1).uniform(0, 2, padded.shape).astype(np.float32)
    assert intensity_scale(np.maximum(padded, noise)) == pytest.approx(
        intensity_scale(image), rel=0.02
    )


def test_a_few_spikes_do_not_count(image):
    spiked = image.copy()
    spiked[20, 20, :4] = 1e5
    assert intensity_scale(spiked) == pytest.approx(intensity_scale(image), rel=0.02)


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_needs_something_above_zero(value):
    with pytest.raises(VolumeError, match="above 0; give magnitude images"):
        intensity_scale(np.full((4, 4, 4), value))


def test_one_voxel_is_enough():
    assert intensity_scale(np.array([0.0, 7.0])) == 7.0
