"""Profiles and kernels as functions of distance."""

import numpy as np
import pytest

from crossres.physics.profiles import SUPPORT_FWHM, cubic, gaussian


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
