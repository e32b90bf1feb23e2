"""A mask that cut out both scans is distinguished from other air, and its rim is not moved."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.registration import (
    RigidTransform,
    resample,
    resample_within_mask,
    share_mask,
)
from crossres.registration.shared_mask import RIM_MM
from crossres.types import Array3, Mask3
from crossres.volume import Grid, Volume, foreground_threshold

MOVE_MM = 1.5


def moved(millimetres: float = MOVE_MM) -> RigidTransform:
    matrix = np.eye(4)
    matrix[:2, 3] = millimetres, -millimetres
    return RigidTransform(matrix)


def cut_out(volume: Volume, mask: Mask3) -> Volume:
    return volume.with_data(np.where(mask, np.maximum(volume.data, 1.0), 0))


@cache
def phantom() -> tuple[Volume, Volume]:
    """Return guide and target of a digital phantom, 2 mm."""
    guide, target = make_pair(3)
    coarse = target.grid.coarsened(2)
    return resample(guide, coarse), resample(target, coarse)


@cache
def scans() -> tuple[Volume, Volume, Mask3]:
    """Return target and guide of a digital phantom, which lie apart, and a mask inside the head."""
    guide, target = phantom()
    guide = resample(guide, guide.grid, moved().inverse())
    head = ndimage.binary_fill_holes(target.data > foreground_threshold(target.data))
    mask = ndimage.distance_transform_edt(head, sampling=target.grid.spacing) > 8
    return target, guide, mask


@cache
def masked() -> tuple[Volume, Volume]:
    target, guide, mask = scans()
    return cut_out(target, mask), cut_out(guide, mask)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_one_mask_is_recognised_at_any_resolution(factor: int) -> None:
    target, guide = masked()
    coarse = target.grid.coarsened((factor, factor, 1))
    assert share_mask(degrade(target, coarse) if factor > 1 else target, guide)


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_the_order_of_the_axes_does_not_matter(order: tuple[int, int, int]) -> None:
    target, guide = masked()
    columns = guide.grid.affine[:, [*order, 3]]
    i, j, k = (guide.grid.shape[n] for n in order)
    reordered = Volume(guide.data.transpose(order), Grid((i, j, k), columns))
    assert share_mask(target, reordered)


def test_scans_with_their_air_share_no_mask() -> None:
    target, guide, _ = scans()
    noise = np.random.default_rng(0).uniform(1, 2, guide.data.shape)
    with_air = guide.with_data(guide.data + noise)
    assert not share_mask(target, with_air)
    noise[:5] = 0
    assert not share_mask(target, guide.with_data(noise * (1 + guide.data)))


def test_two_masks_that_lie_apart_are_not_one() -> None:
    target, guide, mask = scans()
    elsewhere = np.roll(mask, 3, axis=0)
    assert not share_mask(cut_out(target, mask), cut_out(guide, elsewhere))
    larger = ndimage.binary_dilation(mask, iterations=5)
    assert not share_mask(cut_out(target, mask), cut_out(guide, larger))
    assert not share_mask(cut_out(target, larger), cut_out(guide, mask))


def test_a_guide_far_from_the_target_shares_no_mask() -> None:
    target, guide = masked()
    affine = guide.grid.affine.copy()
    affine[0, 3] += 1000
    assert not share_mask(target, guide.with_data(guide.data, Grid(guide.grid.shape, affine)))


def depth(mask: Array3 | Mask3, grid: Grid) -> Array3:
    found: Array3 = ndimage.distance_transform_edt(mask, sampling=grid.spacing)
    return found


def test_what_is_inside_moves_and_the_rim_stays() -> None:
    _, guide = masked()
    grid = guide.grid
    brought = resample_within_mask(guide, grid, moved())
    whole = resample(guide, grid, moved())
    inside = depth(guide.data != 0, grid) > RIM_MM + 2 * MOVE_MM
    np.testing.assert_array_equal(brought.data[inside], whole.data[inside])
    assert not brought.data[guide.data == 0].any()
    assert np.all((brought.data == whole.data) | (brought.data == guide.data))
    assert (brought.space, brought.frame) == (whole.space, whole.frame)


def test_the_inside_comes_nearer_to_where_the_target_lies() -> None:
    original, _ = phantom()
    _, guide = masked()
    inside = depth(guide.data != 0, guide.grid) > RIM_MM + 2 * MOVE_MM
    brought = resample_within_mask(guide, guide.grid, moved())
    before, after = (np.square(x.data - original.data)[inside].mean() for x in (guide, brought))
    assert after < 0.2 * before


def test_without_a_move_nothing_changes() -> None:
    _, guide = masked()
    brought = resample_within_mask(guide, guide.grid, RigidTransform.identity())
    np.testing.assert_array_equal(brought.data, guide.data)


def test_a_finer_grid_is_served() -> None:
    _, guide = masked()
    fine = guide.grid.refined((2, 2, 1))
    brought = resample_within_mask(guide, fine, moved())
    lying = resample(guide, fine)
    assert brought.grid == fine
    mask = np.repeat(np.repeat(guide.data != 0, 2, axis=0), 2, axis=1)
    rim = depth(mask, fine) < RIM_MM - MOVE_MM
    np.testing.assert_array_equal(brought.data[rim], lying.data[rim])


def test_two_sides_alone_do_not_make_a_mask() -> None:
    """A field of view that ends early is no mask: nothing around the head is empty."""
    target, guide, _ = scans()
    data = guide.data + 1
    for axis, side in product(range(2), (slice(0, 3), slice(-3, None))):
        index = [slice(None)] * 3
        index[axis] = side
        data[tuple(index)] = 0
    assert not share_mask(target, guide.with_data(data))
