"""Volumes and pairs fit their grids, and hand their data to numpy."""

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_grid import EVERY_ORDER, flips, grids
from crossres.types import GridError, VolumeError
from crossres.volume import Grid, Pair, Volume

quick = settings(max_examples=30, deadline=None)


@pytest.fixture
def volume() -> Volume:
    affine = np.diag([0.5, 0.7, 3.0, 1.0])
    affine[:3, 3] = -20, 15, 40
    data = np.random.default_rng(0).random((5, 6, 3))
    return Volume(data, Grid((5, 6, 3), affine), "mni", "int16")


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


def test_a_volume_is_an_array_with_its_place(volume):
    assert np.asarray(volume).dtype == np.float32
    assert np.asarray(volume, dtype=np.float64).dtype == np.float64
    np.testing.assert_array_equal(np.asarray(volume), volume.data)
    assert volume.shape == volume.data.shape == (5, 6, 3)
    assert volume.spacing == pytest.approx((0.5, 0.7, 3.0))
    np.testing.assert_array_equal(volume.affine, volume.grid.affine)


def test_a_copy_is_a_copy(volume):
    np.array(volume)[:] = -1
    assert volume.data.min() >= 0


def test_the_repr_is_short(volume):
    assert repr(volume) == "Volume(5 x 6 x 3, 0.5 x 0.7 x 3 mm, mni)"


def test_volumes_and_pairs_are_compared_by_identity() -> None:
    grid = Grid((2, 2, 2), np.eye(4))
    one, same = (Volume(np.zeros(grid.shape), grid) for _ in range(2))
    assert one == one
    assert one != same
    assert len({one, same, Pair(one, grid), Pair(one, grid)}) == 4
