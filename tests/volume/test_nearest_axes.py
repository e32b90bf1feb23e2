"""Which axes of two grids are nearest, and that no rotation makes a scan coarser."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossres.volume import Grid
from crossres.volume.nearest_axes import coarser_axes, direction_cosines, nearest_axes

FINE = Grid((20, 24, 28), np.diag([1.0, 0.5, 2.0, 1.0]))


@pytest.mark.parametrize("degrees", [0, 25, 40])
def test_spacings_decide_and_no_angle(degrees: float) -> None:
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    coarse = FINE.coarsened((1, 4, 1)).reordered((1, 2, 0), (True, False, True))
    assert nearest_axes(FINE, coarse, motion) == (1, 2, 0)
    assert coarser_axes(FINE, coarse, motion) == (True, False, False)


def test_cosines_are_those_of_the_motion() -> None:
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("x", 30, degrees=True).as_matrix()
    assert direction_cosines(FINE, FINE, motion) == pytest.approx(motion[:3, :3].T)


def test_each_axis_is_named_once() -> None:
    for rotation in Rotation.random(40, random_state=0):
        motion = np.eye(4)
        motion[:3, :3] = rotation.as_matrix()
        assert sorted(nearest_axes(FINE, FINE, motion)) == [0, 1, 2]
