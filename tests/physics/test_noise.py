"""Noise is Rician, follows its generator, and its absence changes nothing."""

import numpy as np
import pytest

from crossres.physics import add_rician_noise


def noisy(level: float, sigma: float, seed: int = 0, **settings) -> np.ndarray:
    image = np.full((40, 40, 40), float(level))
    return add_rician_noise(image, sigma, np.random.default_rng(seed), **settings)


@pytest.mark.parametrize(
    ("level", "mean", "deviation"),
    [(0.0, (np.pi / 2) ** 0.5, (2 - np.pi / 2) ** 0.5), (300.0, 100.0, 1.0)],
    ids=["Rayleigh in air", "Gaussian in tissue"],
)
def test_mean_and_deviation_are_those_of_a_rice_distribution(level, mean, deviation):
    found = noisy(level, 3.0) / 3.0
    assert found.mean() == pytest.approx(mean, rel=0.01)
    assert found.std() == pytest.approx(deviation, rel=0.02)
    assert found.min() >= 0


def test_no_noise_is_the_image_itself():
    image = np.ones((2, 2, 2))
    assert add_rician_noise(image, 0, np.random.default_rng(0)) is image


def test_noise_follows_its_generator():
    np.testing.assert_array_equal(noisy(5, 1, seed=1), noisy(5, 1, seed=1))
    assert not np.array_equal(noisy(5, 1, seed=1), noisy(5, 1, seed=2))


def test_the_image_is_left_as_it_was():
    image = np.ones((4, 4, 4))
    add_rician_noise(image, 1.0, np.random.default_rng(0))
    assert (image == 1).all()


def test_the_precision_of_the_noise_is_a_setting():
    single, double = (noisy(0, 1, dtype=dtype) for dtype in (np.float32, np.float64))
    assert not np.array_equal(single, double)
    assert single.std() == pytest.approx(double.std(), rel=0.02)
