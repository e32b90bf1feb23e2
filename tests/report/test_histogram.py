"""The histogram is of the foreground."""

import numpy as np
import pytest

from crossres.report.histogram import histogram_picture
from crossres.types import SettingsError
from crossres.volume import Grid, Volume


def scan(levels: tuple[int, ...], *, air: int = 0) -> Volume:
    """Return an object of a few intensities, with air of so many voxels on each side."""
    data = np.random.default_rng(0).choice(levels, (24, 28, 12)).astype(np.float32)
    data = np.pad(data, air)
    return Volume(data, Grid(data.shape, np.diag([2.0, 2.0, 4.0, 1.0])))


def test_air_around_the_object_does_not_count() -> None:
    tight, wide = (scan((200, 350, 500), air=air) for air in (0, 4))
    assert histogram_picture({"input": tight}) == histogram_picture({"input": wide})


def test_other_intensities_give_another_histogram() -> None:
    one, other = scan((200, 350, 500)), scan((200, 400, 500))
    assert histogram_picture({"input": one}) != histogram_picture({"input": other})


def test_a_volume_is_required() -> None:
    with pytest.raises(SettingsError, match="at least one"):
        histogram_picture({})
