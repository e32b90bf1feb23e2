"""Volumes are cut into slices along an axis that does not change, and put together again."""

import numpy as np
import pytest
import torch

from crossres.inference import Example, example_of, plane_example
from crossres.inference.slicing import from_slices, slice_orders, to_slices
from crossres.physics import Acquisition
from crossres.types import GridError, SettingsError, VolumeError
from crossres.volume import Grid, Pair, Volume, intensity_scale


@pytest.mark.parametrize(
    ("factors", "orders"),
    [
        ((2, 2, 1), [(0, 1, 2)]),
        ((1, 2, 2), [(1, 2, 0)]),
        ((1, 1, 2), [(2, 0, 1), (2, 1, 0)]),
        ((1, 3, 1), [(1, 0, 2), (1, 2, 0)]),
    ],
)
def test_slices_hold_what_gets_finer_first_and_lie_along_what_does_not(factors, orders):
    coarse = Grid((8, 8, 8), np.eye(4))
    found = slice_orders(coarse, coarse.refined(factors))
    assert [order for order, _ in found] == orders
    assert {flips for _, flips in found} == {(False, False, False)}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("flips", [(False, False, False), (True, True, False)])
def test_restoring_undoes_reordering(order, flips):
    grid = Grid((5, 6, 7), np.diag([1.0, 1.0, 2.5, 1.0]))
    volume = Volume(np.random.default_rng(0).random(grid.shape), grid).reordered(order, flips)
    cut = slice_orders(volume.grid, volume.grid.refined((2, 1, 1)))[0]
    back = volume.reordered(*cut).restored(*cut)
    assert back.grid == volume.grid
    np.testing.assert_array_equal(back.data, volume.data)


def test_slices_are_taken_along_k_and_put_back():
    data = np.random.default_rng(0).random((4, 5, 3)).astype(np.float32)
    slices = to_slices(data)
    assert slices.shape == (3, 1, 4, 5)
    np.testing.assert_array_equal(slices[1, 0].numpy(), data[:, :, 1])
    np.testing.assert_array_equal(from_slices(slices), data)


def make_pair(factors=(2, 2, 1)) -> Pair:
    coarse = Grid((8, 6, 5), np.diag([2.0, 2.0, 3.0, 1.0]))
    fine = coarse.refined(factors)
    rng = np.random.default_rng(0)
    target = rng.uniform(100, 200, coarse.shape)
    target[:, :, [0, 3]] = 0
    return Pair(Volume(target, coarse), fine, Volume(rng.uniform(1, 5, fine.shape), fine))


@pytest.mark.parametrize("stored", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_example_holds_the_slices_that_are_not_empty(stored):
    pair, cut = make_pair(), (stored, (True, False, False))
    stored_pair = Pair(
        pair.target.reordered(*cut), pair.fine.reordered(*cut), pair.guide.reordered(*cut)
    )
    example = example_of(stored_pair)
    expected = pair.target.data[:, :, [1, 2, 4]] / intensity_scale(pair.target.data)
    np.testing.assert_allclose(example.target[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    expected = pair.guide.data[:, :, [1, 2, 4]] / intensity_scale(pair.guide.data)
    np.testing.assert_allclose(example.guide[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    assert (example.coarse, example.fine) == (pair.target.grid, pair.fine)


@pytest.mark.parametrize("stored", [(0, 1, 2), (2, 0, 1)])
def test_an_example_in_the_plane_holds_thick_slices_and_what_the_guide_shows_of_them(stored):
    pair, cut = make_pair((1, 1, 3)), (stored, (False, True, False))
    stored_pair = Pair(
        pair.target.reordered(*cut), pair.fine.reordered(*cut), pair.guide.reordered(*cut)
    )
    example = plane_example(stored_pair)
    kept = [1, 2, 4]
    expected = pair.target.data[:, :, kept] / intensity_scale(pair.target.data)
    np.testing.assert_allclose(example.target[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    acquired = Acquisition(pair.fine, pair.target.grid).forward(
        torch.from_numpy(pair.guide.data)[None, None]
    )[0, 0, :, :, kept]
    shown = example.guide[:, 0].permute(1, 2, 0)
    torch.testing.assert_close(shown / shown.mean(), acquired / acquired.mean())


def test_two_axes_that_get_finer_leave_no_plane_to_train_on():
    with pytest.raises(GridError, match="requires one axis"):
        plane_example(make_pair())


def test_an_example_without_a_guide():
    pair = make_pair()
    assert example_of(Pair(pair.target, pair.fine)).guide is None


def test_slices_lie_along_the_axis_that_does_not_change():
    example = example_of(make_pair((1, 2, 2)))
    assert example.target.shape == (8, 1, 6, 5)
    assert example.guide.shape == (8, 1, 12, 10)


def test_a_reference_is_an_example_of_itself():
    pair = make_pair()
    reference = Volume(pair.guide.data, pair.fine)
    example = example_of(Pair(reference, pair.fine, pair.guide))
    assert torch.equal(example.target, example.guide)
    assert example.coarse == example.fine


def test_an_empty_target():
    pair = make_pair()
    with pytest.raises(VolumeError, match="no intensity above 0"):
        example_of(Pair(pair.target.with_data(pair.target.data * 0), pair.fine))


@pytest.mark.parametrize("density", [0.0, 1.5])
def test_a_density_is_a_share(density):
    grid = Grid((4, 4, 1), np.eye(4))
    with pytest.raises(SettingsError, match=f"density .*got {density}"):
        Example(torch.ones(1, 1, 4, 4), grid, grid, density=density)


@pytest.mark.parametrize(("cut", "factors"), [(example_of, (2, 2, 1)), (plane_example, (1, 1, 2))])
def test_slices_do_not_depend_on_an_offset(cut, factors):
    grid = Grid((12, 12, 8), np.diag([2.0, 2.0, 2.0, 1.0]))
    fine = grid.refined(factors)
    head = np.pad(np.random.default_rng(0).integers(100, 900, (6, 6, 4)), ((3, 3), (3, 3), (2, 2)))
    guide = Volume(np.kron(head, np.ones(factors)), fine)
    plain, moved = (
        cut(Pair(Volume(head + offset, grid), fine, guide.with_data(guide.data + offset)))
        for offset in (0, -1024)
    )
    assert torch.equal(plain.target, moved.target)
    assert torch.equal(plain.guide, moved.guide)
