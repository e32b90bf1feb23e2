"""Denoising brings an image nearer to the truth, keeps edges and zeros, and undoes the bias."""

import numpy as np
import pytest
from scipy.stats import rice

from crossres.physics import add_rician_noise, denoise
from crossres.physics.denoising import without_rician_bias
from crossres.types import Array3

DEVIATION = 20.0


def blocks() -> Array3:
    """Return blocks of three intensities in empty air."""
    data = np.zeros((40, 40, 24), np.float32)
    data[6:34, 6:34, 4:20] = 300
    data[6:20, 6:34, 4:20] = 600
    data[12:16, 12:16, 4:20] = 150
    return data


def noisy() -> Array3:
    return add_rician_noise(blocks(), DEVIATION, np.random.default_rng(0)).astype(np.float32)


def test_two_thirds_of_the_noise_of_flat_tissue_are_left_at_most() -> None:
    left = (denoise(noisy(), DEVIATION) - blocks())[blocks() > 0]
    assert float(np.sqrt(np.square(left).mean())) < 0.67 * DEVIATION


def test_edges_stay_where_they_are() -> None:
    found = denoise(noisy(), DEVIATION)[19:21, 8:32, 6:18].mean(axis=(1, 2))
    np.testing.assert_allclose(found, [600, 300], atol=10)


def test_air_is_dark_without_its_bias() -> None:
    air = blocks() == 0
    assert noisy()[air].mean() > 1.2 * DEVIATION
    assert denoise(noisy(), DEVIATION)[air].mean() < 0.5 * DEVIATION


def test_zeros_stay_and_no_others_become_zero() -> None:
    masked = np.where(blocks() == 0, 0, noisy()).astype(np.float32)
    found = denoise(masked, DEVIATION)
    np.testing.assert_array_equal(found == 0, masked == 0)
    assert (denoise(noisy(), DEVIATION) > 0).all()


def test_a_single_slice_is_denoised_and_a_line_is_not() -> None:
    slice_ = noisy()[:, :, 10:11]
    away = denoise(slice_, DEVIATION) - blocks()[:, :, 10:11]
    assert np.square(away).mean() < 0.5 * np.square(slice_ - blocks()[:, :, 10:11]).mean()
    line = noisy()[:, 20:21, 10:11]
    np.testing.assert_array_equal(denoise(line, DEVIATION), line)


def test_without_noise_nothing_changes() -> None:
    np.testing.assert_array_equal(denoise(noisy(), 0.0), noisy())
    assert not denoise(np.zeros((8, 8, 8), np.float32), 1.0).any()


@pytest.mark.parametrize("level", [0.0, 0.5, 2.0, 11.9, 12.5, 30.0])
def test_the_rician_bias_is_undone(level: float) -> None:
    mean = np.array([3.0 * rice.mean(level)])
    np.testing.assert_allclose(without_rician_bias(mean, 3.0), 3.0 * level, atol=0.01)
