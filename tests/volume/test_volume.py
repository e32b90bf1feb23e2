"""Grids keep their field of view and their place in the world; volumes and pairs fit them."""

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from crossres.types import GridError, VolumeError
from crossres.volume import Grid, Pair, Volume

PARALLEL = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
EVERY_ORDER = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
quick = settings(max_examples=30, deadline=None)
flips = st.tuples(st.booleans(), st.booleans(), st.booleans())


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    shape = draw(st.tuples(*(st.integers(2, 40),) * 3))
    spacing = draw(st.tuples(*(st.floats(0.3, 6.0),) * 3))
    angles = draw(st.tuples(*(st.floats(-180, 180),) * 3))
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing
    affine[:3, 3] = draw(st.tuples(*(st.floats(-200, 200),) * 3))
    return Grid(shape, affine)


def edges(grid: Grid) -> np.ndarray:
    """Return the two outermost voxel edges of the field of view in mm."""
    ends = np.array([(-0.5,) * 3, np.array(grid.shape) - 0.5])
    return ends @ grid.affine[:3, :3].T + grid.affine[:3, 3]


@pytest.fixture
def volume() -> Volume:
    affine = np.diag([0.5, 0.7, 3.0, 1.0])
    affine[:3, 3] = -20, 15, 40
    data = np.random.default_rng(0).random((5, 6, 3))
    return Volume(data, Grid((5, 6, 3), affine), "mni", "int16")


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


@quick
@given(grids(), st.sampled_from(EVERY_ORDER), flips)
def test_reordering_moves_no_voxel(grid, order, flips):
    data = np.arange(np.prod(grid.shape), dtype=np.float32).reshape(grid.shape)
    other = Volume(data, grid).reordered(order, flips)
    for index in np.random.default_rng(1).integers(0, other.grid.shape, (5, 3)):
        world = other.grid.affine @ [*index, 1]
        old = np.linalg.solve(grid.affine, world)[:3].round().astype(int)
        np.testing.assert_allclose(grid.affine @ [*old, 1], world, atol=1e-6)
        assert other.data[tuple(index)] == data[tuple(old)]


@quick
@given(grids())
def test_canonical_runs_to_r_a_s_and_back(grid):
    data = np.random.default_rng(2).random(grid.shape)
    volume = Volume(data, grid)
    canonical = volume.canonical()
    order, flips = canonical.grid.axis_order()
    assert (order, flips) == ((0, 1, 2), (False, False, False))
    back = canonical.restored(*grid.axis_order())
    assert back.grid == grid
    np.testing.assert_array_equal(back.data, volume.data)


@pytest.mark.parametrize(
    ("codes", "order", "flips"),
    [
        ("RAS", (0, 1, 2), (False, False, False)),
        ("LAS", (0, 1, 2), (True, False, False)),
        ("LPS", (0, 1, 2), (True, True, False)),
        ("PIR", (1, 2, 0), (True, True, False)),
    ],
)
def test_orientations_are_those_of_nibabel(volume, codes, order, flips):
    stored = volume.reordered(order, flips)
    assert "".join(nib.aff2axcodes(stored.grid.affine)) == codes
    assert stored.canonical().grid == volume.grid
    assert (stored.space, stored.stored_dtype) == ("mni", "int16")


def test_spacing_extent_and_corners(volume):
    grid = volume.grid
    assert grid.spacing == pytest.approx((0.5, 0.7, 3.0))
    assert grid.extent == pytest.approx((2.5, 4.2, 9.0))
    assert grid.centre == pytest.approx((-19.0, 16.75, 43.0))
    np.testing.assert_allclose(grid.corners()[[0, -1]], [(-20, 15, 40), (-18, 18.5, 46)])


def test_closeness_is_in_mm(volume):
    moved = volume.grid.affine.copy()
    moved[0, 3] += 0.01
    other = Grid(volume.grid.shape, moved)
    assert other != volume.grid
    assert other.is_close(volume.grid, tolerance=0.011)
    assert not other.is_close(volume.grid, tolerance=0.009)
    assert volume.grid != volume.grid.with_shape((5, 6, 4))
    assert volume.grid != "grid"


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
def test_impossible_spacings(volume, spacing):
    with pytest.raises(GridError, match=r"above 0 mm|one number or three"):
        volume.grid.with_spacing(spacing)


def test_a_shape_must_have_voxels(volume):
    with pytest.raises(GridError, match="at least 1"):
        volume.grid.with_shape((0, 4, 4))


def test_data_is_kept_as_float32(volume):
    assert volume.data.dtype == np.float32
    assert Volume(np.ones((5, 6, 3), np.int16), volume.grid).data.dtype == np.float32


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("data", [np.ones((5, 6)), np.ones((5, 6, 3, 1)), np.ones((5, 6, 3)) * 1j])
def test_data_is_real_and_3d(volume, data):
    with pytest.raises(VolumeError, match="real 3-D"):
        Volume(data, volume.grid)


def test_data_fits_its_grid(volume):
    with pytest.raises(GridError, match="does not fit"):
        Volume(np.ones((6, 5, 3)), volume.grid)


def test_a_pair_shares_its_field_of_view(volume):
    fine = volume.grid.refined((2, 2, 1))
    guide = Volume(np.ones(fine.shape), fine)
    assert Pair(volume, fine, guide).guide is guide
    assert Pair(volume, fine).guide is None
    moved = fine.affine.copy()
    moved[2, 3] += 1
    with pytest.raises(GridError, match=r"same field of view; .*refined"):
        Pair(volume, Grid(fine.shape, moved))
    with pytest.raises(GridError, match="guide is not on the fine grid; resample"):
        Pair(volume, fine, volume)


def test_a_cropped_grid_keeps_its_voxels_where_they_were():
    affine = np.array([[0, 2.0, 0, 5], [1.5, 0, 0, -3], [0, 0, -4.0, 9], [0, 0, 0, 1]])
    grid = Grid((8, 7, 6), affine)
    part = grid.cropped((slice(2, 5), slice(None), slice(1, -1)))
    assert part.shape == (3, 7, 4)
    np.testing.assert_allclose(part.affine[:3, 3], affine @ [2, 0, 1, 1] @ np.eye(4)[:, :3])
    np.testing.assert_array_equal(part.affine[:3, :3], affine[:3, :3])
    with pytest.raises(GridError):
        grid.cropped((slice(4, 4), slice(None), slice(None)))
