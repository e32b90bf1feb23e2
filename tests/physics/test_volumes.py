"""Operators on volumes are those on tensors, on the grids of the volumes."""

import numpy as np
import pytest
import torch

from crossres.physics import (
    Acquisition,
    BackProjection,
    acquire_volume,
    back_project,
    back_project_volume,
    consistency,
    interpolate_volume,
    volume_consistency,
)
from crossres.physics.volumes import as_batch
from crossres.types import GridError
from crossres.volume import Grid, Volume

FACTORS = [(2, 2, 1), (1, 1, 3), (2, 3, 2)]


@pytest.fixture
def fine() -> Volume:
    grid = Grid((12, 18, 6), np.diag([-1.0, 1.0, 2.0, 1.0]))
    return Volume(np.random.default_rng(0).random(grid.shape), grid, "mni", "int16", "1.2.3")


def test_a_batch_shares_the_memory_of_its_volume(fine):
    batch = as_batch(fine)
    assert batch.shape == (1, 1, 12, 18, 6)
    assert np.shares_memory(batch.numpy(), fine.data)


@pytest.mark.parametrize("factors", FACTORS)
def test_volumes_and_tensors_agree(fine, factors):
    coarse = fine.grid.coarsened(factors)
    acquisition = Acquisition(fine.grid, coarse)
    scan = acquire_volume(fine, coarse)
    x = torch.from_numpy(fine.data)[None, None]
    y = acquisition.forward(x)
    np.testing.assert_array_equal(scan.data, y[0, 0].numpy())
    up = interpolate_volume(scan, fine.grid)
    np.testing.assert_array_equal(up.data, acquisition.upsample(y)[0, 0].numpy())
    flat = fine.with_data(np.ones(fine.shape))
    assert volume_consistency(flat, scan) == consistency(acquisition, torch.ones_like(x), y)
    for kind in ("none", "iterative", "exact"):
        method = BackProjection(kind)
        found = back_project_volume(flat, scan, method).data
        expected = back_project(acquisition, torch.ones_like(x), y, method)
        np.testing.assert_array_equal(found, expected[0, 0].numpy())


@pytest.mark.parametrize("factors", FACTORS)
def test_exact_back_projection_explains_the_scan_over_all_axes(fine, factors):
    scan = acquire_volume(fine, fine.grid.coarsened(factors))
    flat = fine.with_data(np.zeros(fine.shape))
    assert volume_consistency(flat, scan) == pytest.approx(1)
    assert volume_consistency(back_project_volume(flat, scan, BackProjection()), scan) < 1e-5
    assert volume_consistency(fine, scan) == 0


def test_space_and_data_type_of_a_volume_are_kept(fine):
    scan = acquire_volume(fine, fine.grid.coarsened((2, 2, 1)))
    up = interpolate_volume(scan, fine.grid)
    for volume in (scan, up, back_project_volume(up, scan, BackProjection())):
        assert (volume.space, volume.stored_dtype, volume.frame) == ("mni", "int16", "1.2.3")
    assert up.grid == fine.grid


def test_a_constant_image_stays_constant(fine):
    flat = fine.with_data(np.full(fine.shape, 7.0))
    scan = acquire_volume(flat, fine.grid.coarsened((2, 3, 2)))
    np.testing.assert_allclose(scan.data, 7, rtol=1e-5)
    np.testing.assert_allclose(interpolate_volume(scan, fine.grid).data, 7, rtol=1e-5)


def test_grids_of_two_fields_of_view_are_refused(fine):
    elsewhere = Grid((6, 9, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
    with pytest.raises(GridError, match="field of view"):
        acquire_volume(fine, elsewhere)
    with pytest.raises(GridError, match="more voxels"):
        interpolate_volume(fine, fine.grid.coarsened((2, 2, 1)))
