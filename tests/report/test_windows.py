"""Grey windows begin at 0, end below the brightest voxels, and are never empty."""

import numpy as np
import pytest

from crossres.report.slices import Slice
from crossres.report.windows import grey_range, grey_window

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
