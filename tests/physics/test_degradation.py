"""A simulated scan is A x on the coarse grid, with Rician noise if requested."""

import numpy as np
import pytest
import torch

from crossres.physics import Acquisition, degrade
from crossres.types import GridError, SettingsError
from crossres.volume import Grid, Volume, coarse_grid


@pytest.fixture
def volume() -> Volume:
    data = np.random.default_rng(0).random((24, 20, 6)) * 100
    return Volume(data, Grid((24, 20, 6), np.diag([-1.0, 1, 3, 1])), "mni", "int16")


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 3), (3.3, 1.5, 1)])
def test_is_the_acquisition(volume, factors):
    coarse = volume.grid.coarsened(factors)
    low = degrade(volume, coarse)
    expected = Acquisition(volume.grid, coarse).forward(torch.from_numpy(volume.data)[None, None])
    np.testing.assert_array_equal(low.data, expected[0, 0].numpy())
    assert low.grid == coarse
    assert (low.space, low.stored_dtype) == ("mni", "int16")


@pytest.mark.parametrize("thickness", [0.5, 1.0, 1.5])
def test_slices_average_as_far_as_they_are_thick(thickness):
    grid = Grid((1, 1, 61), np.diag([1.0, 1.0, 0.1, 1.0]))
    coarse = coarse_grid(grid, factor=(1, 1, 61 / 6), slice_thickness=thickness)
    seen = []
    for k in range(61):
        point = np.zeros(grid.shape)
        point[0, 0, k] = 1.0
        seen.append(degrade(Volume(point, grid), coarse).data[0, 0, 3])
    assert 0.1 * np.count_nonzero(np.array(seen) >= max(seen) / 2) == pytest.approx(
        thickness, abs=0.11
    )


def test_the_input_is_left_as_it_was(volume):
    before = volume.data.copy()
    degrade(volume, volume.grid.coarsened((2, 2, 1)), noise=5)
    np.testing.assert_array_equal(volume.data, before)


def test_noise_follows_its_seed(volume):
    coarse = volume.grid.coarsened((2, 2, 1))
    one, same, other = (degrade(volume, coarse, noise=2, seed=s).data for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one.dtype == np.float32


@pytest.mark.parametrize(("level", "deviation"), [(0, (2 - np.pi / 2) ** 0.5), (1000, 1.0)])
def test_noise_is_rician(level, deviation):
    grid = Grid((60, 60, 20), np.eye(4))
    coarse = grid.coarsened((2, 2, 1))
    noisy = degrade(Volume(np.full(grid.shape, level), grid), coarse, noise=3).data
    assert noisy.std() == pytest.approx(3 * deviation, rel=0.05)
    assert noisy.mean() == pytest.approx(level or 3 * (np.pi / 2) ** 0.5, rel=0.05)
    assert noisy.min() >= 0


@pytest.mark.parametrize("noise", [-1, np.nan, np.inf])
def test_noise_is_a_number_and_not_negative(volume, noise):
    with pytest.raises(SettingsError, match=f"at least 0, got {noise}"):
        degrade(volume, volume.grid.coarsened((2, 2, 1)), noise=noise)


def test_the_coarse_grid_is_coarser_and_in_the_same_place(volume):
    with pytest.raises(GridError, match="no axis gets coarser; choose a factor above 1"):
        degrade(volume, volume.grid)
    with pytest.raises(GridError, match="more voxels"):
        degrade(volume, volume.grid.refined((2, 2, 1)))
    with pytest.raises(GridError, match="same axes and field of view"):
        degrade(volume, Grid((12, 10, 6), np.eye(4)))


@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_the_offset_of_a_scan_is_that_of_its_simulation(noise):
    grid = Grid((24, 24, 6), np.eye(4))
    head = np.zeros(grid.shape)
    head[6:18, 6:18] = np.random.default_rng(0).integers(100, 900, (12, 12, 6))
    coarse = grid.coarsened((2, 2, 1))
    plain, moved = (
        degrade(Volume(head + offset, grid), coarse, noise=noise).data for offset in (0, -1024)
    )
    np.testing.assert_allclose(moved, plain - 1024, atol=1e-3)
