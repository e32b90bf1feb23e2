"""The tissue fractions of every voxel sum to one."""

import numpy as np
import pytest

from crossres.phantom import Tissue
from crossres.phantom.canvas import Canvas, coverage
from crossres.phantom.shapes import Ellipsoid

LINE = np.arange(-15.0, 16.0)


def canvas(voxel: float = 1.0) -> Canvas:
    return Canvas((LINE, LINE, LINE), voxel, np.zeros((31, 31, 31), dtype=np.float32))


def test_coverage_is_half_on_the_surface_and_full_half_a_voxel_inside() -> None:
    np.testing.assert_allclose(coverage(np.array([-1.0, 0, 0.5, 1, 9]), 2.0), [0, 0.5, 0.75, 1, 1])


def test_soft_edges_keep_the_volume() -> None:
    painting = canvas()
    painting.stamp(Tissue.WHITE, Ellipsoid((0.3, 0.1, -0.2), (9, 9, 9)))
    volume = painting.finish()[Tissue.WHITE].sum()
    assert volume == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.01)


def test_what_is_painted_first_hides_what_follows() -> None:
    painting = canvas()
    painting.stamp_all([(Tissue.CSF, Ellipsoid((0, 0, 0), (5, 5, 5)))])
    painting.stamp_all([(Tissue.GREY, Ellipsoid((0, 0, 0), (9, 9, 9)))])
    fractions = painting.finish()
    assert fractions[Tissue.CSF, 15, 15, 15] == 1
    assert fractions[Tissue.GREY, 15, 15, 22] == 1
    assert fractions[Tissue.AIR, 0, 0, 0] == 1
    np.testing.assert_allclose(fractions.sum(0), 1, atol=1e-6)


def test_a_shape_elsewhere_leaves_no_trace() -> None:
    painting = canvas()
    painting.stamp(Tissue.CSF, Ellipsoid((90, 0, 0), (5, 5, 5)))
    assert (painting.finish()[Tissue.AIR] == 1).all()
