"""Grids keep their field of view and their place in the world."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_grid import EVERY_ORDER, flips, grids
from crossres.types import GridError
from crossres.volume import Grid, Profile

PARALLEL = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
quick = settings(max_examples=30, deadline=None)


def edges(grid: Grid) -> np.ndarray:
    """Return the two outermost voxel edges of the field of view in mm."""
    ends = np.array([(-0.5,) * 3, np.array(grid.shape) - 0.5])
    return ends @ grid.affine[:3, :3].T + grid.affine[:3, 3]


@pytest.fixture
def scan() -> Grid:
    affine = np.diag([0.5, 0.7, 3.0, 1.0])
    affine[:3, 3] = -20, 15, 40
    return Grid((5, 6, 3), affine)


@quick
@given(grids(), st.tuples(*(st.floats(1.0, 5.0),) * 3))
def test_every_derived_grid_keeps_the_edges(grid, factors):
    for other in (grid.refined(factors), grid.coarsened(factors), grid.with_shape((7, 3, 11))):
        np.testing.assert_allclose(edges(other), edges(grid), atol=1e-8)
        np.testing.assert_allclose(other.centre, grid.centre, atol=1e-8)
        np.testing.assert_allclose(other.extent, grid.extent, rtol=1e-10)
        assert grid.shares_edges(other)
        assert other.shares_edges(grid)


@quick
@given(grids(), st.sampled_from([1, 2, 3, 4]))
def test_whole_factors_are_met_and_undone(grid, factor):
    fine = grid.refined(factor)
    assert fine.shape == tuple(n * factor for n in grid.shape)
    assert grid.factors_to(fine) == (factor,) * 3
    assert fine.coarsened(factor) == grid


def test_spacing_is_rounded_to_whole_voxels():
    grid = Grid((240, 240, 155), np.eye(4))
    other = grid.with_spacing((3.3, 1.0, 1.0))
    assert other.shape == (73, 240, 155)
    assert other.spacing == pytest.approx((240 / 73, 1, 1))
    assert grid.with_spacing(1e6).shape == (1, 1, 1)


def test_spacing_extent_and_corners(scan):
    grid = scan
    assert grid.spacing == pytest.approx((0.5, 0.7, 3.0))
    assert grid.extent == pytest.approx((2.5, 4.2, 9.0))
    assert grid.centre == pytest.approx((-19.0, 16.75, 43.0))
    np.testing.assert_allclose(grid.corners()[[0, -1]], [(-20, 15, 40), (-18, 18.5, 46)])


def test_closeness_is_in_mm(scan):
    moved = scan.affine.copy()
    moved[0, 3] += 0.01
    other = Grid(scan.shape, moved)
    assert other != scan
    assert other.is_close(scan, tolerance=0.011)
    assert not other.is_close(scan, tolerance=0.009)
    assert scan != scan.with_shape((5, 6, 4))
    assert scan != "grid"


def test_what_comes_in_cannot_be_changed_from_outside():
    affine = np.eye(4)
    grid = Grid((2, 2, 2), affine)
    affine[0, 0] = 9
    assert grid.spacing == (1, 1, 1)
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 0] = 2


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(0, 4, 4), (4, 4), (4, 4, -1)])
def test_impossible_shapes(shape):
    with pytest.raises(GridError, match="three sizes of at least 1"):
        Grid(shape, np.eye(4))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "affine",
    [np.eye(3), np.full((4, 4), np.nan), np.diag([1, 0, 1, 1]), PARALLEL, np.diag([1, 1, 1, 2])],
    ids=["3x3", "nan", "zero spacing", "parallel axes", "last row"],
)
def test_impossible_affines(affine):
    with pytest.raises(GridError, match=r"affine.*repair"):
        Grid((4, 4, 4), affine)


@pytest.mark.parametrize("spacing", [0, -1, (1, 1, 0), np.inf, np.nan, (1, 2)])
def test_impossible_spacings(scan, spacing):
    with pytest.raises(GridError, match=r"above 0 mm|one number or three"):
        scan.with_spacing(spacing)


def test_a_shape_must_have_voxels(scan):
    with pytest.raises(GridError, match="at least 1"):
        scan.with_shape((0, 4, 4))


def test_a_cropped_grid_keeps_its_voxels_where_they_were():
    affine = np.array([[0, 2.0, 0, 5], [1.5, 0, 0, -3], [0, 0, -4.0, 9], [0, 0, 0, 1]])
    grid = Grid((8, 7, 6), affine)
    part = grid.cropped((slice(2, 5), slice(None), slice(1, -1)))
    assert part.shape == (3, 7, 4)
    np.testing.assert_allclose(part.affine[:3, 3], affine @ [2, 0, 1, 1] @ np.eye(4)[:, :3])
    np.testing.assert_array_equal(part.affine[:3, :3], affine[:3, :3])
    with pytest.raises(GridError):
        grid.cropped((slice(4, 4), slice(None), slice(None)))


@quick
@given(grids(), st.sampled_from(EVERY_ORDER), flips)
def test_reordering_moves_no_voxel(grid, order, flips):
    other = grid.reordered(order, flips)
    assert sorted(other.shape) == sorted(grid.shape)
    assert other.extent == pytest.approx([grid.extent[axis] for axis in order])
    distances = np.linalg.norm(other.corners()[:, None] - grid.corners(), axis=2)
    np.testing.assert_allclose(distances.min(axis=1), 0, atol=1e-9)


WIDTHS = (1.5, 2.0, 7.0)


def with_widths(grid, i, j, k):
    return replace(grid, profiles=(Profile(i), Profile(j), Profile(k, "slab")))


def test_the_profile_is_as_wide_as_the_spacing_unless_it_is_given(scan):
    assert scan.fwhm == scan.spacing
    assert [profile.shape for profile in scan.profiles] == ["gaussian"] * 3
    assert with_widths(scan, *WIDTHS).fwhm == WIDTHS
    assert with_widths(scan, np.nan, 2, np.nan).fwhm == (scan.spacing[0], 2, scan.spacing[2])
    assert with_widths(scan, *WIDTHS) == scan


def test_the_profile_stays_where_the_voxels_stay(scan):
    wide = with_widths(scan, *WIDTHS)
    box = (slice(1, 3), slice(0, 2), slice(0, 2))
    assert wide.cropped(box).fwhm == WIDTHS
    assert wide.reordered((2, 0, 1), (True, False, False)).fwhm == (7.0, 1.5, 2.0)
    finer = wide.refined((1, 2, 1))
    assert finer.fwhm == (1.5, finer.spacing[1], 7.0)
    assert [profile.shape for profile in finer.profiles] == ["gaussian", "gaussian", "slab"]


def test_corners_are_points(scan):
    assert scan.corners().shape == (8, 3)


def test_a_grid_of_integers_is_kept_as_float64():
    grid = Grid((2, 2, 2), np.diag([2, 2, 2, 1]))
    assert grid.affine.dtype == np.float64
    assert grid.spacing == (2.0, 2.0, 2.0)
