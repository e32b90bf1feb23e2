"""Dots lie where their values are, and the box holds the middle half."""

import math

import pytest

from crossres.report.strip_plot import HEIGHT, WIDTH, strip_plot


def test_dots_are_in_the_order_of_their_values() -> None:
    plot = strip_plot({3: 5.0, 1: 0.0, 2: 10.0, 7: 2.5})
    assert plot.ends == (0.0, 10.0)
    x = {key: place[0] for key, place in plot.dots.items()}
    assert x[1] < x[7] < x[3] < x[2]
    assert x[3] == pytest.approx(WIDTH / 2)
    assert all(0 < y < HEIGHT for _, y in plot.dots.values())
    assert plot.box is not None
    assert x[1] < plot.box[0] < plot.box[1] < plot.box[2] < x[2]


def test_few_values_have_no_box_and_none_no_dots() -> None:
    assert strip_plot({0: 1.0, 1: 2.0}).box is None
    assert strip_plot({0: 1.0, 1: 1.0}).dots[0][0] == pytest.approx(WIDTH / 2)
    assert strip_plot({}).dots == {}
    assert list(strip_plot({0: math.nan, 4: 1.0}).dots) == [4]
