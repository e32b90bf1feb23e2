"""A profile runs along the enhanced axis, through volumes of other grids."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from crossres.report.line_profile import MOST_SAMPLES, _line, profile_picture
from crossres.report.planes import Cut
from crossres.report.slices import Slice, head_box
from crossres.volume import Grid, Volume


@pytest.mark.parametrize("axis", [1, 2])
def test_a_profile_of_two_grids_is_drawn(axis):
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    result = Volume(500 * np.random.default_rng(0).uniform(0.8, 1.2, grid.shape), grid)
    scan = Volume(np.full((24, 28, 4), 300.0), grid.coarsened((1, 1, 3)))
    png = profile_picture({"input": scan, "result": result}, Cut("sagittal", 0.5, 0.0), axis)
    assert imread(io.BytesIO(png), format="png")[..., :3].std() > 0.01


@pytest.mark.parametrize("vertical", [True, False])
def test_the_line_is_no_longer_than_can_be_shown(vertical):
    data = np.zeros((200, 240))
    data[20:180, 20:220] = 100 + np.random.default_rng(0).random((160, 200))
    picture = Slice(data, 240.0, 200.0, ("A", "P", "S", "I"))
    line = _line(picture, picture, vertical=vertical)
    assert line.stop - line.start == pytest.approx(MOST_SAMPLES)
    coarse = Slice(data[::10, ::10], 240.0, 200.0, ("A", "P", "S", "I"))
    line = _line(picture, coarse, vertical=vertical)
    head = head_box(picture)
    assert line.stop - line.start == pytest.approx(head.height if vertical else head.width)
