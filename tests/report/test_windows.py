"""Grey windows begin at 0, end below the brightest voxels, and are never empty; nor are scales."""

import numpy as np
import pytest

from crossres.report.slices import Slice
from crossres.report.windows import (
    grey_range,
    grey_window,
    map_limit,
    picture_difference_limit,
)

EDGES = ("R", "L", "A", "P")


def picture(data: np.ndarray) -> Slice:
    return Slice(data, 5.0, 5.0, EDGES)


def test_the_window_of_an_empty_image_is_not_empty() -> None:
    for low, high in (grey_window(picture(np.zeros((5, 5)))), grey_range(np.zeros((2, 2, 2)))):
        assert low < high


def test_one_bright_pixel_does_not_darken_the_window() -> None:
    data = np.linspace(0, 100, 10_000).reshape(100, 100)
    data[0, 0] = 1e6
    assert grey_window(picture(data)) == pytest.approx((0, 99.8), abs=0.1)


def test_slices_share_one_window() -> None:
    dark, bright = (picture(np.full((4, 4), value)) for value in (10.0, 90.0))
    assert grey_window(dark, bright) == grey_window(bright, dark)
    assert grey_window(dark, bright)[1] > grey_window(dark)[1]


def test_negative_intensities_are_not_all_black() -> None:
    low, _ = grey_window(picture(np.linspace(-50, 100, 10_000).reshape(100, 100)))
    assert low < -40


def test_the_range_of_a_volume_begins_at_zero_unless_something_is_below() -> None:
    data = np.linspace(0, 1000, 1001).reshape(7, 11, 13)
    assert grey_range(data) == pytest.approx((0, 998))
    assert grey_range(data - 500)[0] == pytest.approx(-490)


def test_a_volume_and_its_only_slice_have_the_same_window() -> None:
    data = np.random.default_rng(0).normal(500, 200, (30, 40, 1))
    assert grey_range(data) == pytest.approx(grey_window(picture(data[..., 0])))


def test_differences_of_a_picture_share_the_scale_of_all() -> None:
    small, large = np.full((10, 10), -1.0), np.full((10, 10), 4.0)
    assert picture_difference_limit([small]) == 1
    assert picture_difference_limit([small, large]) == 4


def test_a_picture_without_differences_has_a_scale() -> None:
    assert picture_difference_limit([]) == 1
    assert picture_difference_limit([np.zeros((3, 3))]) > 0


def test_air_does_not_lower_the_scale_of_a_map() -> None:
    data = np.zeros((20, 20, 20))
    data[0] = -3
    assert map_limit(data, 0.5) == 3


def test_a_map_of_rounding_errors_has_the_least_scale() -> None:
    assert map_limit(np.full((2, 2, 2), 1e-9), 0.5) == 0.5
    assert map_limit(np.zeros((2, 2, 2)), 0.5) == 0.5
