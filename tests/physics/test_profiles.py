"""Profiles and kernels as functions of distance."""

from typing import get_args

import numpy as np
import pytest

from crossres.physics.profiles import (
    PROFILES,
    SLAB_EDGE,
    SUPPORT_FWHM,
    cubic,
    gaussian,
    slab,
)
from crossres.volume import ProfileShape


@pytest.mark.parametrize("fwhm", [0.3, 1.0, 4.0])
def test_gaussian_halves_at_half_its_width(fwhm):
    assert gaussian(np.array([0.0]), fwhm) == 1.0
    np.testing.assert_allclose(gaussian(np.array([-fwhm / 2, fwhm / 2]), fwhm), 0.5)
    sigma = fwhm / (2 * np.sqrt(2 * np.log(2)))
    np.testing.assert_allclose(gaussian(np.array([sigma]), fwhm), np.exp(-0.5))


def test_gaussian_ends_where_it_no_longer_matters():
    ends = np.array([0.999, 1.001]) * SUPPORT_FWHM * 3.0
    inside, outside = gaussian(ends, 3.0)
    assert 0 < inside < 2e-5
    assert outside == 0


@pytest.mark.parametrize("fwhm", [0.3, 1.0, 4.0])
def test_a_slab_is_flat_and_halves_at_half_its_width(fwhm):
    weights = slab(np.array([0.0, 0.2, -0.2, 0.5, -0.5, 0.8]) * fwhm, fwhm)
    np.testing.assert_allclose(weights, [1, 1, 1, 0.5, 0.5, 0], atol=3e-3)
    ends = np.array([0.999, 1.001]) * (0.5 + SUPPORT_FWHM * SLAB_EDGE) * fwhm
    inside, outside = slab(ends, fwhm)
    assert 0 < inside < 2e-5
    assert outside == 0


def test_profiles_have_names_and_are_even():
    distance = np.linspace(0, 3, 50)
    for name, weights in PROFILES.items():
        np.testing.assert_allclose(weights(distance, 2.0), weights(-distance, 2.0), err_msg=name)
    assert set(PROFILES) == set(get_args(ProfileShape))


def test_cubic_interpolates():
    np.testing.assert_array_equal(cubic(np.arange(-3.0, 4.0)), [0, 0, 0, 1, 0, 0, 0])


@pytest.mark.parametrize("shift", np.linspace(0, 1, 7))
def test_cubic_reproduces_quadratics(shift):
    samples = np.arange(-2.0, 4.0)
    weights = cubic(shift - samples)
    for power in range(3):
        assert weights @ samples**power == pytest.approx(shift**power, abs=1e-12)


def test_cubic_is_even_and_continuous():
    d = np.linspace(0, 3, 3001)
    np.testing.assert_array_equal(cubic(d), cubic(-d))
    assert np.abs(np.diff(cubic(d))).max() < 2e-3
