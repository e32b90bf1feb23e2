"""A map of nothing is dark; what it shows has the colours of the viewer."""

import io

import numpy as np
from matplotlib.image import imread

from crossres.report.map_picture import map_picture
from crossres.report.maps import Display
from crossres.report.planes import Cut
from crossres.volume import Grid, Volume

CUT = Cut("axial", 0.5, 0.0)


def drawn(values: np.ndarray, colormap: str) -> np.ndarray:
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    scan = Volume(np.full(grid.shape, 500.0), grid)
    display = Display(
        title="Map", unit="intensity", colormap=colormap, range=(-10.0, 10.0), meaning="A map."
    )
    picture = map_picture(
        display, scan.with_data(values * np.ones(grid.shape)), scan, CUT, white=1000.0
    )
    image = imread(io.BytesIO(picture), format="png")[..., :3]
    return np.asarray(image[200:300, 200:300])


def test_zero_is_dark_and_signs_differ() -> None:
    assert drawn(np.array(0.0), "diverging").mean() < 0.08
    below, above = (drawn(np.array(sign * 10.0), "diverging") for sign in (-1, 1))
    assert below[..., 2].mean() > below[..., 0].mean()
    assert above[..., 0].mean() > above[..., 2].mean()


def test_the_outline_of_the_head_is_drawn() -> None:
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    data = np.zeros(grid.shape, np.float32)
    data[6:18, 7:21] = 500
    display = Display(
        title="Map", unit="intensity", colormap="diverging", range=(-10.0, 10.0), meaning="A map."
    )
    scan = Volume(data, grid)
    picture = map_picture(display, scan.with_data(0 * data), scan, CUT, white=1000.0)
    image = imread(io.BytesIO(picture), format="png")[..., :3]
    line = image[image.shape[0] // 3].max(axis=-1)
    assert line[: len(line) // 2].max() > 0.3
    assert line[len(line) // 2 :].max() > 0.3
    assert np.median(line) < 0.08


def test_other_colour_maps_are_those_of_matplotlib() -> None:
    assert drawn(np.array(10.0), "gray").mean() > 0.95
