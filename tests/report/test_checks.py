"""Pictures that check a result are drawn of any scan; black means agreement."""

import io

import numpy as np
import pytest
from matplotlib import image

from crossres.report.checks import (
    histogram_picture,
    overlay_picture,
    profile_picture,
    residual_picture,
)
from crossres.types import SettingsError
from crossres.volume import Grid, Volume

MIDDLE = {"axial": 0.5, "coronal": 0.5, "sagittal": 0.5}


def pixels(png: bytes) -> np.ndarray:
    return image.imread(io.BytesIO(png), format="png")[..., :3]


@pytest.fixture
def scan() -> Volume:
    grid = Grid((24, 28, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
    place = (np.indices(grid.shape).T - [11.5, 13.5, 5.5]).T * np.reshape([2, 2, 4], (3, 1, 1, 1))
    texture = np.random.default_rng(0).uniform(0.8, 1.2, grid.shape)
    return Volume(500 * texture * (np.linalg.norm(place, axis=0) < 20), grid)


def test_a_residual_of_nothing_is_dark_and_one_of_a_tenth_is_not(scan):
    none = residual_picture(scan.with_data(0 * scan.data), scan, MIDDLE)
    much = residual_picture(scan.with_data(0.1 * scan.data), scan, MIDDLE)
    middle = slice(150, 420)
    assert pixels(none)[middle].mean() < 0.08
    assert pixels(much)[middle].mean() > pixels(none)[middle].mean() + 0.05


def test_the_guide_is_drawn_once_per_position(scan):
    one = pixels(overlay_picture(scan, {"after": scan}, "axial", 0.5))
    moved = scan.with_data(np.roll(scan.data, 4, axis=0))
    two = pixels(overlay_picture(scan, {"before": moved, "after": scan}, "axial", 0.5))
    assert two.shape[1] == 2 * one.shape[1]
    red = (two[..., 0] > 0.8) & (two[..., 1] < 0.5)
    half = two.shape[1] // 2
    columns = [np.flatnonzero(part.any(0)).mean() for part in (red[:, :half], red[:, half:])]
    assert abs(columns[0] - columns[1]) > 10


def test_a_histogram_is_of_the_foreground(scan):
    assert pixels(histogram_picture({"input": scan, "result": scan})).std() > 0.01
    with pytest.raises(SettingsError, match="at least one"):
        histogram_picture({})


def test_a_profile_runs_through_volumes_of_other_grids(scan):
    coarse = scan.grid.coarsened((2, 2, 1))
    other = Volume(np.full(coarse.shape, 300.0), coarse)
    assert pixels(profile_picture({"input": other, "result": scan}, "axial", 0.5)).std() > 0.01
