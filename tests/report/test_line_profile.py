"""A profile runs along the enhanced axis, through volumes of other grids."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from crossres.report.line_profile import _COLOURS, MOST_SAMPLES, _line, profile_picture
from crossres.report.planes import Cut
from crossres.report.slices import Slice, head_box
from crossres.volume import Grid, Volume


@pytest.mark.parametrize("varied", [1, 2])
def test_a_profile_shows_the_variation_along_its_axis(varied: int) -> None:
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    result = Volume(400.0 + 100 * (np.indices(grid.shape)[varied] % 4 > 1), grid)
    scan = Volume(np.full((24, 28, 4), 450.0), grid.coarsened((1, 1, 3)))
    volumes, cut = {"input": scan, "result": result}, Cut("sagittal", 0.5, 0.0)
    height = {axis: curve_height(profile_picture(volumes, cut, axis)) for axis in (1, 2)}
    assert height[varied] > 4 * height[3 - varied]


def curve_height(png: bytes) -> int:
    """Return in how many rows the curve of the result is drawn, or the legend's sample of it."""
    right = imread(io.BytesIO(png), format="png")[:, 500:, :3]
    of_result = np.abs(right - to_rgb(_COLOURS[1])).max(axis=-1) < 0.1
    return int(of_result.any(axis=1).sum())


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
