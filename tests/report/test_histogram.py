"""The histogram is of the foreground."""

import io

import numpy as np
import pytest
from matplotlib import image

from crossres.report.histogram import histogram_picture
from crossres.types import SettingsError
from crossres.volume import Grid, Volume


def test_a_histogram_is_of_the_foreground() -> None:
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    scan = Volume(500 * np.random.default_rng(0).uniform(0.8, 1.2, grid.shape), grid)
    drawn = histogram_picture({"input": scan, "result": scan})
    assert image.imread(io.BytesIO(drawn), format="png")[..., :3].std() > 0.01
    with pytest.raises(SettingsError, match="at least one"):
        histogram_picture({})
