"""Resampling keeps millimetres and intensities, and leaves no alias."""

import numpy as np
import pytest

from crossres.registration import RigidTransform, antialias_fwhm, field_of_view, resample
from crossres.registration.resampling import resolution_along
from crossres.types import VolumeError
from crossres.volume import Grid, Volume
from moved_heads import STORAGES, TRUTH, grid_of, guide, points_of, rotated, scene


def test_the_same_grid_is_copied_exactly() -> None:
    assert np.array_equal(resample(guide(), guide().grid).data, guide().data)


@pytest.mark.parametrize("storage", STORAGES)
def test_another_voxel_order_only_moves_voxels(storage: str) -> None:
    stored = guide().reordered(*STORAGES[storage])
    np.testing.assert_allclose(resample(stored, guide().grid).data, guide().data, atol=0.02)


def test_a_moved_image_is_the_scene_under_the_transform_in_any_voxel_order() -> None:
    fine, grid = grid_of(2.0), grid_of(4.0, angle=10)
    expected = scene(TRUTH.apply(points_of(grid)), 0).reshape(grid.shape)
    clean = Volume(scene(points_of(fine), 0).reshape(fine.shape), fine)
    inside = field_of_view(fine, grid, TRUTH)
    found = [
        resample(clean.reordered(*order), grid, TRUTH, interpolation="cubic").data
        for order in STORAGES.values()
    ]
    assert np.corrcoef(found[0][inside], expected[inside])[0, 1] > 0.99
    assert (found[0][~inside] == 0).all()
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=0.02)


def test_the_field_of_view_reaches_the_voxel_edges() -> None:
    coarse = Grid((4, 4, 4), np.diag([2.0, 2, 2, 1]))
    ones = Volume(np.ones(coarse.shape), coarse)
    np.testing.assert_allclose(resample(ones, coarse.refined(4)).data, 1, rtol=1e-6)
    beyond = Grid((6, 1, 1), np.eye(4) + np.eye(4, 4, 3) * [[5.1], [0], [0], [0]])
    assert resample(ones, beyond).data.ravel().tolist() == pytest.approx([1, 1, 0, 0, 0, 0])


def test_values_stay_within_the_input_range() -> None:
    step = np.zeros((12, 12, 12), dtype=np.float32)
    step[6:] = 100
    grid = Grid(step.shape, np.eye(4))
    fine = resample(Volume(step, grid), grid.refined(3))
    assert fine.data.min() == 0
    assert fine.data.max() == 100


def test_the_blur_is_the_difference_of_the_point_spreads() -> None:
    fine, still = grid_of(1.0), RigidTransform.identity()
    thick = grid_of((1.0, 2.0, 4.0))
    assert antialias_fwhm(fine, thick, still) == pytest.approx((0, 3**0.5, 15**0.5))
    assert antialias_fwhm(thick, fine, still) == (0, 0, 0)
    quarter = rotated(90, (1, 0, 0), (0, 0, 0))
    assert antialias_fwhm(fine, thick, quarter) == pytest.approx((0, 15**0.5, 3**0.5))


def test_the_blur_has_the_width_in_mm_that_is_stated() -> None:
    shape, grid = (1, 1, 160), Grid((1, 1, 160), np.diag([1.0, 1, 0.5, 1]))
    line = np.zeros(shape)
    line[0, 0, 80] = 1
    shifted = [
        resample(Volume(np.roll(line, n, axis=2), grid), grid.coarsened((1, 1, 8))).data[0, 0, 10]
        for n in range(-24, 25)
    ]
    positions = 0.5 * np.arange(-24, 25)
    centre = np.average(positions, weights=shifted)
    sigma = np.sqrt(np.average((positions - centre) ** 2, weights=shifted))
    assert sigma * 8**0.5 * np.log(2) ** 0.5 == pytest.approx((4**2 - 0.5**2) ** 0.5, rel=0.02)


def test_stripes_finer_than_the_grid_leave_no_alias() -> None:
    stripes = np.zeros((4, 4, 160), dtype=np.float32)
    stripes[..., ::3] = 90
    grid = Grid(stripes.shape, np.eye(4))
    coarse = resample(Volume(stripes, grid), grid.coarsened((1, 1, 4))).data[..., 4:-4]
    assert coarse.std() < 0.02 * coarse.mean()


def test_nan_is_refused() -> None:
    data = np.full((4, 4, 4), np.nan)
    grid = Grid(data.shape, np.eye(4))
    with pytest.raises(VolumeError, match="NaN"):
        resample(Volume(data, grid), grid.coarsened(2))


def test_the_resolution_along_turned_axes_lies_between_those_of_the_volume() -> None:
    thick = Grid((8, 8, 8), np.diag([1.0, 1.0, 5.0, 1.0]))
    turned = RigidTransform(np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]))
    assert resolution_along(thick, thick) == pytest.approx((1, 1, 5))
    assert resolution_along(thick, thick, turned) == pytest.approx((1, 5, 1))
