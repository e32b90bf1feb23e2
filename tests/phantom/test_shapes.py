"""Depths are distances, positive inside."""

import numpy as np
import pytest

from crossres.phantom.fields import Axes, open_mesh
from crossres.phantom.shapes import (
    Ellipsoid,
    Tube,
    smooth_intersection,
    smooth_union,
)

SHAPES = (
    Ellipsoid((5, -3, 2), (8, 4, 6), 30),
    Tube(((-9, 0, 3), (0, 4, 0), (8, -2, -5)), (3, 2, 4)),
)


def mesh(step: float = 0.5) -> Axes:
    line = np.arange(-20, 20.1, step)
    return open_mesh((line, line, line))


def test_depth_of_a_ball_is_exact() -> None:
    x, y, z = mesh()
    depth = Ellipsoid((0, 0, 0), (7, 7, 7)).depth((x, y, z))
    np.testing.assert_allclose(depth, 7 - np.sqrt(x**2 + y**2 + z**2), atol=0.01)


def test_volume_of_an_ellipsoid() -> None:
    volume = (SHAPES[0].depth(mesh()) > 0).sum() * 0.5**3
    assert volume == pytest.approx(4 / 3 * np.pi * 8 * 4 * 6, rel=0.02)


@pytest.mark.parametrize("shape", SHAPES)
def test_bounds_hold_the_shape(shape: Ellipsoid | Tube) -> None:
    inside = np.argwhere(shape.depth(mesh()) > 0) * 0.5 - 20
    low, high = shape.bounds()
    assert (inside >= low - 1e-6).all()
    assert (inside <= high + 1e-6).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_mirrored_shape_is_the_mirror_image(shape: Ellipsoid | Tube) -> None:
    np.testing.assert_allclose(
        shape.mirrored().depth(mesh(1.0)), shape.depth(mesh(1.0))[::-1], atol=1e-4
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_slope_is_one_at_the_surface(shape: Ellipsoid | Tube) -> None:
    depth = shape.depth(mesh())
    slope = np.sqrt(sum(part**2 for part in np.gradient(depth, 0.5)))
    assert np.median(slope[np.abs(depth) < 0.5]) == pytest.approx(1, abs=0.05)


def test_smooth_union_is_the_union_away_from_the_seam() -> None:
    a, b = (s.depth(mesh(1.0)) for s in SHAPES)
    union, far = smooth_union(a, b, 2.0), np.abs(a - b) >= 2
    np.testing.assert_allclose(union[far], np.maximum(a, b)[far])
    assert (union >= np.maximum(a, b)).all()
    np.testing.assert_allclose(smooth_intersection(-a, -b, 2.0), -union)
