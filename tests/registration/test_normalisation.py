"""Outlying intensities are clipped, and only heads that are not of human size are scaled."""

import numpy as np
import pytest

from crossres.registration.normalisation import head_size, normalise, without_outliers
from crossres.types import RegistrationError, VolumeError
from crossres.volume import Grid, Volume

BALL = np.linalg.norm(np.indices((32, 32, 32)) - 15.5, axis=0) < 13


def head(spacing: float = 6.0) -> Volume:
    """Return a ball of 100-900 in noisy air."""
    rng = np.random.default_rng(0)
    data = np.where(BALL, rng.uniform(100, 900, BALL.shape), np.abs(rng.normal(0, 8, BALL.shape)))
    return Volume(data, Grid(BALL.shape, np.diag([spacing] * 3 + [1.0])))


def with_value(volume: Volume, value: float, share: float) -> Volume:
    data, head = volume.data.copy(), np.flatnonzero(BALL)
    count = max(5, int(share * head.size))
    data.ravel()[np.random.default_rng(1).choice(head, count, replace=False)] = value
    return volume.with_data(data)


def test_the_range_of_a_head_stays() -> None:
    clipped = without_outliers(head()).data
    assert np.abs(clipped - head().data).max() < 5
    assert np.mean(clipped != head().data) < 0.005


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("value", [5000, 65535, 1e30])
def test_hot_voxels_are_clipped_near_the_brightest_tissue(share: float, value: float) -> None:
    clipped = without_outliers(with_value(head(), value, share)).data
    assert clipped.max() < 3 * 900
    assert share > 0 or clipped.max() < 905


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05])
def test_negative_spikes_are_clipped_near_the_air(share: float) -> None:
    clipped = without_outliers(with_value(head(), -32768, share)).data
    assert clipped.min() > -50


def test_a_shift_and_a_scale_of_the_intensities_go_through() -> None:
    shifted = head().with_data(2 * head().data - 1024)
    expected = 2 * without_outliers(head()).data - 1024
    np.testing.assert_allclose(without_outliers(shifted).data, expected, atol=1e-2)


def test_clipping_twice_changes_nothing() -> None:
    once = without_outliers(with_value(head(), 65535, 0.01))
    np.testing.assert_array_equal(without_outliers(once).data, once.data)


def test_an_image_of_two_values_keeps_them() -> None:
    mask = head().with_data(np.where(BALL, 7.0, 0.0))
    np.testing.assert_array_equal(without_outliers(mask).data, mask.data)


def test_an_image_without_contrast_or_with_nan_is_refused() -> None:
    flat = head().with_data(np.ones(BALL.shape))
    with pytest.raises(RegistrationError, match="constant"):
        normalise(head(), flat)
    with pytest.raises(VolumeError, match="NaN"):
        normalise(head().with_data(np.full(BALL.shape, np.nan)), head())


def test_the_size_of_a_head_is_that_of_a_ball() -> None:
    assert head_size(head(6.0)) == pytest.approx(np.sqrt(3 / 5) * 13 * 6, rel=0.02)


def test_a_human_head_is_not_scaled_and_a_mouse_is() -> None:
    assert normalise(head(), head()).scale == 1
    assert normalise(head(), head()).target.grid == head().grid
    mouse = normalise(head(0.4), head(0.4))
    assert mouse.scale == pytest.approx(head_size(head(0.4)) / 60)
    assert head_size(mouse.target) == pytest.approx(60)
    np.testing.assert_allclose(mouse.guide.affine[:3] * mouse.scale, head(0.4).affine[:3])
