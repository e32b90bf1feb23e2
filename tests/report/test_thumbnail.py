"""A thumbnail is small, dark around, and as wide as its panels."""

import io

import matplotlib.image
import numpy as np

from crossres.report.slices import Slice
from crossres.report.thumbnail import thumbnail_picture

EDGES = ("R", "L", "A", "P")


def test_panels_side_by_side() -> None:
    image = np.zeros((40, 40))
    image[10:30, 10:30] = np.linspace(50, 100, 400).reshape(20, 20)
    fine, coarse = Slice(image, 80, 80, EDGES), Slice(image[::2, ::2], 80, 80, EDGES)
    one, two = (
        matplotlib.image.imread(io.BytesIO(thumbnail_picture(panels)))
        for panels in ([fine], [coarse, fine])
    )
    assert one.shape[0] == two.shape[0] == 130
    assert abs(two.shape[1] - 2 * one.shape[1]) <= 6
    assert one[65, 65, :3].mean() > 0.4
    assert one[1, 1, :3].mean() < 0.1


def test_panels_of_a_slab_lie_below_each_other() -> None:
    image = 100 + np.random.default_rng(0).random((8, 80))
    fine = Slice(image, 240, 24, EDGES)
    drawn = matplotlib.image.imread(io.BytesIO(thumbnail_picture([fine, fine])))
    assert drawn.shape[1] == 320
    assert 60 <= drawn.shape[0] <= 70
