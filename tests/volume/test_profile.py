"""A profile has a width, or takes that of the voxel, and weights that halve at half its width."""

import math
from typing import get_args

import numpy as np
import pytest

from crossres.types import GridError
from crossres.volume import Profile, ProfileShape
from crossres.volume.profile import SLAB_EDGE, SUPPORT_FWHM, gaussian, sinc, slab


def test_a_width_that_is_not_given_is_the_spacing():
    assert Profile(shape="slab").resolved(4.0) == Profile(4.0, "slab")
    assert Profile(3.0).resolved(4.0) == Profile(3.0)


def test_a_larger_voxel_has_a_wider_profile_of_the_same_shape():
    assert Profile(3.0, "slab").scaled(2.0) == Profile(6.0, "slab")


@pytest.mark.parametrize("width", [0.0, -1.0, math.inf])
def test_impossible_widths(width):
    with pytest.raises(GridError, match="width of a profile must be above 0"):
        Profile(width)


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


def test_a_sinc_vanishes_at_all_other_samples() -> None:
    weights = sinc(np.arange(-4, 5) * 2.5, 2.5)
    np.testing.assert_allclose(weights, np.arange(-4, 5) == 0, atol=1e-12)


@pytest.mark.parametrize("shape", get_args(ProfileShape))
def test_little_lies_beyond_the_support(shape: ProfileShape) -> None:
    profile = Profile(2.0, shape)
    beyond = profile.weights(profile.support + np.linspace(0.01, 5, 100))
    assert np.abs(beyond).max() <= (0.034 if shape == "band-limited" else 0)


@pytest.mark.parametrize("shape", get_args(ProfileShape))
def test_profiles_are_even_and_1_at_the_centre(shape: ProfileShape) -> None:
    profile, distance = Profile(2.0, shape), np.linspace(0, 3, 50)
    np.testing.assert_allclose(profile.weights(distance), profile.weights(-distance))
    assert profile.weights(np.zeros(1))[0] == pytest.approx(1, abs=1e-4)
