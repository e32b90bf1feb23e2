"""Masks, thresholds and the scale follow the object, not the background nor a few bright voxels."""

import numpy as np
import pytest

from crossres.types import RegistrationError, VolumeError
from crossres.volume import (
    above_air,
    above_tenth,
    brain_or_head_mask,
    eroded,
    foreground_mask,
    foreground_threshold,
    has_empty_background,
    intensity_scale,
    slice_mask,
)
from crossres.volume.foreground import SKULL_STRIPPED


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


@pytest.mark.parametrize("share", [0.001, 0.01])
def test_a_hundredth_of_hot_voxels_does_not_count(image, share):
    hot = image.copy()
    inside = np.flatnonzero(hot)
    hot.ravel()[inside[:: round(1 / share)]] = 65535
    assert intensity_scale(hot) == pytest.approx(intensity_scale(image), rel=0.01)


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_needs_something_above_zero(value):
    with pytest.raises(VolumeError, match="above 0; give magnitude images"):
        intensity_scale(np.full((4, 4, 4), value))


def test_one_voxel_is_enough():
    assert intensity_scale(np.array([0.0, 7.0])) == 7.0


@pytest.fixture
def ball() -> np.ndarray:
    """A textured, skull-stripped ball in a volume of 40 x 36 x 50."""
    i, j, k = np.ogrid[:40, :36, :50]
    inside = (i - 20) ** 2 + (j - 18) ** 2 + (k - 25) ** 2 < 15**2
    texture = np.random.default_rng(5).random((40, 36, 50))
    return np.where(inside, 500 + 100 * texture, 0).astype(np.float32)


def noisy(ball: np.ndarray) -> np.ndarray:
    return ball + np.random.default_rng(0).rayleigh(20, ball.shape).astype(np.float32)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def test_foreground_of_a_stripped_image_is_the_brain_without_crumbs(ball):
    brain = ball > 0
    dirty = ball.copy()
    dirty[2:4, 2:4, 2:4] = 300  # a crumb outside
    dirty[19:22, 17:20, 24:27] = 0  # a hole inside
    assert np.array_equal(foreground_mask(dirty), brain)
    assert np.array_equal(brain_or_head_mask(dirty), dirty > 0), "all that was left is brain"


@pytest.mark.parametrize("mask", [foreground_mask, brain_or_head_mask, above_air])
def test_foreground_of_a_noisy_image_is_the_head(ball, mask):
    assert dice(mask(noisy(ball)), ball > 0) > 0.98


@pytest.mark.parametrize("value", [65535, -32768])
def test_five_outliers_leave_the_foreground(ball, value):
    head = noisy(ball)
    spiked = head.copy()
    spiked.ravel()[np.flatnonzero(ball)[[10, 500, 900, 1300, 2000]]] = value
    assert dice(foreground_mask(spiked), foreground_mask(head)) > 0.99


def test_no_foreground_in_an_empty_image():
    empty = np.zeros((12, 12, 12), dtype=np.float32)
    with pytest.raises(VolumeError, match="single value"):
        foreground_mask(empty)
    with pytest.raises(RegistrationError, match="constant or not finite"):
        foreground_threshold(empty)
    assert not brain_or_head_mask(empty).any()
    assert not slice_mask(empty[0]).any()


def test_a_whole_head_is_filled_and_leaves_the_air_out():
    image = np.random.default_rng(0).random((20, 20, 20)) + 0.1
    image[4:16, 4:16, 4:16] += 50
    image[9, 9, 9] = 0.1
    head = np.zeros(image.shape, dtype=bool)
    head[4:16, 4:16, 4:16] = True
    np.testing.assert_array_equal(brain_or_head_mask(image), head)


@pytest.mark.parametrize(("zeros", "empty", "stripped"), [(19, 0, 0), (20, 1, 0), (50, 1, 1)])
def test_zeros_are_the_background_from_a_fifth_and_a_skull_is_missing_from_a_half(
    zeros, empty, stripped
):
    image = np.r_[np.zeros(zeros), np.arange(1.0, 101 - zeros)]
    assert has_empty_background(image) == bool(empty)
    assert has_empty_background(image, share=SKULL_STRIPPED) == bool(stripped)


def test_the_threshold_is_a_tenth_of_the_way_and_follows_gain_and_offset(ball):
    data = noisy(ball)
    threshold = foreground_threshold(data)
    assert data.min() < threshold < 0.2 * data.max()
    shifted = foreground_threshold(2 * data + np.float32(100))
    assert shifted == pytest.approx(2 * threshold + 100, rel=1e-4)
    padded = np.pad(ball, 9)
    assert foreground_threshold(padded) == foreground_threshold(ball), "zeros do not count"


def test_not_finite_images_have_no_threshold(ball):
    ball[0, 0, 0] = np.nan
    with pytest.raises(RegistrationError, match="not finite"):
        above_air(ball)


def test_above_tenth_is_strict():
    assert above_tenth(np.array([10.0, 10.1]), 100.0).tolist() == [False, True]


def test_the_mask_of_a_slice_has_no_specks_and_no_holes(ball):
    picture = ball[:, :, 25].copy()
    head = picture > 0
    picture[2, 2] = 600
    picture[20, 18] = 0
    found = slice_mask(picture)
    assert not found[2, 2]
    assert found[20, 18]
    assert dice(found, head) > 0.99


def test_erosion_is_in_mm_along_each_axis():
    mask = np.zeros((20, 20, 3), dtype=bool)
    mask[2:18, 2:18, 1] = True
    inside = eroded(mask, (1.0, 2.0, 1e6), 4.0)
    assert inside[..., 1].sum() == 8 * 12
    assert not eroded(mask, (1.0, 2.0, 1.0), 4.0).any(), "the next slice is 1 mm away"
