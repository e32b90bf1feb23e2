"""Slices are drawn to scale, differences in two colours."""

import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from crossres.report.drawing import difference_colours, png, show
from crossres.report.slices import Slice

EDGES = ("R", "L", "A", "P")


def test_differences_of_opposite_sign_have_unlike_colours_and_none_is_dark():
    below, none, above = (np.array(difference_colours()(share)[:3]) for share in (0.0, 0.5, 1.0))
    assert none.max() < 0.1
    assert below[2] > below[0]
    assert above[0] > above[2]


def test_slices_are_drawn_to_scale_in_millimetres():
    axis = Figure().add_subplot()
    drawn = show(axis, Slice(np.eye(4), 30.0, 20.0, EDGES), np.eye(4), "gray", (0, 1))
    assert drawn.get_extent() == [0, 30, 20, 0]


def test_png_is_as_large_as_the_figure():
    pixels = imread(io.BytesIO(png(Figure(figsize=(3, 2), dpi=50))), format="png")
    assert pixels.shape[:2] == (100, 150)
