"""Results agree with the scan within what it allows: no negative pits, 0 where it is empty."""

import numpy as np
import pytest
from scipy import ndimage

from crossres.inference.agreement import FLOOR, MISFIT, constrain, least_admissible
from crossres.physics import (
    BackProjection,
    acquire_volume,
    back_project_volume,
    volume_consistency,
)
from crossres.volume import Grid, Pair, Volume, with_slice_profile

FINE = Grid((32, 28, 24), np.diag([1.0, 1.0, 1.5, 1.0]))
EXACT = BackProjection()


def truth(low: float = 30.0) -> Volume:
    """Return a ball with dark and bright texture in empty air."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).random(FINE.shape), 0.7)
    where = [(np.arange(n) + 0.5) / n * 2 - 1 for n in FINE.shape]
    radius = np.linalg.norm(np.stack(np.meshgrid(*where, indexing="ij")), axis=0)
    data = np.where(radius < 0.7, low + 900 * np.clip(noise - 0.45, 0, 1), 0)
    return Volume(data.astype(np.float32), FINE)


def pair_of(volume: Volume, factors: tuple[int, int, int]) -> Pair:
    return Pair(acquire_volume(volume, FINE.coarsened(factors)), FINE)


def spoilt(volume: Volume) -> Volume:
    """Return an estimate with pits, as a projection leaves beside bright structures."""
    noise = np.random.default_rng(1).normal(0, 40, volume.shape)
    return volume.with_data((volume.data + noise * (volume.data > 0)).astype(np.float32))


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 4), (3, 1, 1), (2, 2, 2)])
def test_the_result_agrees_and_holds_its_bounds(factors: tuple[int, int, int]) -> None:
    pair = pair_of(truth(), factors)
    estimate = spoilt(truth())
    found = constrain(estimate, pair, EXACT, misfit=0).volume
    clipped = estimate.with_data(np.maximum(estimate.data, 0))
    assert volume_consistency(found, pair.target) < 0.1 * volume_consistency(clipped, pair.target)
    head = truth().data > 0
    assert found.data[head].min() > 0
    assert found.data.min() >= 0
    assert found.grid == estimate.grid


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 4), (2, 2, 2)])
def test_the_least_admissible_intensities_are_those_of_the_result(
    factors: tuple[int, int, int],
) -> None:
    pair = pair_of(truth(), factors)
    found, least = constrain(spoilt(truth()), pair, EXACT), least_admissible(pair)
    assert (found.volume.data >= least).all()
    assert found.at_bounds > 0
    inside = np.kron(pair.target.data > 0.05 * pair.target.data.max(), np.ones(factors, bool))
    assert np.mean(found.volume.data[inside] == least[inside]) > 0.5 * found.at_bounds
    signed = Pair(pair.target.with_data(pair.target.data - 10), FINE)
    assert np.isneginf(least_admissible(signed)[inside]).all()


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 4)])
def test_the_result_is_nearer_to_the_truth_than_the_clipped_estimate(
    factors: tuple[int, int, int],
) -> None:
    estimate = spoilt(truth())
    found = constrain(estimate, pair_of(truth(), factors), EXACT, misfit=0).volume
    clipped = np.maximum(estimate.data, 0)
    assert np.square(found.data - truth().data).sum() < np.square(clipped - truth().data).sum()


def test_what_agrees_already_is_left_as_it_is() -> None:
    pair = pair_of(truth(), (2, 2, 1))
    np.testing.assert_allclose(constrain(truth(), pair, EXACT).volume.data, truth().data, atol=0.1)


def test_where_the_scan_is_empty_so_is_the_result() -> None:
    pair = pair_of(truth(), (2, 2, 1))
    bright = truth().with_data(truth().data + 50)
    empty = np.kron(pair.target.data == 0, np.ones((2, 2, 1), bool))
    for method in (EXACT, BackProjection("none")):
        assert (constrain(bright, pair, method).volume.data[empty] == 0).all()


def test_the_floor_is_a_share_of_the_least_intensity_nearby() -> None:
    flat = truth().with_data(np.full(FINE.shape, 100, np.float32))
    pair = pair_of(flat, (1, 1, 4))
    dark = flat.with_data(
        np.where(np.arange(24) % 4 == 0, -500, 100.0).astype(np.float32) + 0 * flat.data
    )
    assert constrain(dark, pair, EXACT).volume.data.min() == pytest.approx(FLOOR * 100, rel=1e-3)
    assert constrain(dark, pair, BackProjection("none")).volume.data.min() == 0


def test_scans_with_negative_values_have_no_floor() -> None:
    moved = truth().with_data(truth().data - 100)
    pair = pair_of(moved, (2, 2, 1))
    assert constrain(spoilt(moved), pair, EXACT).volume.data.min() < -100


def test_noise_leaves_a_residual() -> None:
    pair, estimate = pair_of(truth(), (2, 2, 1)), spoilt(truth())
    errors = [
        volume_consistency(
            constrain(estimate, pair, BackProjection(noise=noise), misfit=0).volume, pair.target
        )
        for noise in (0.0, 0.1, 1.0)
    ]
    assert errors == sorted(errors)
    assert errors[2] > 2 * errors[0]


@pytest.mark.parametrize("misfit", [np.inf, 3.0, MISFIT])
def test_the_misfit_lies_between_clipping_and_full_agreement(misfit: float) -> None:
    pair, estimate = pair_of(truth(), (1, 1, 4)), spoilt(truth())
    errors = [
        volume_consistency(constrain(estimate, pair, EXACT, misfit=each).volume, pair.target)
        for each in (0, misfit, 1.01 * misfit)
    ]
    assert errors == sorted(errors)


def test_clipping_keeps_the_bounds_alone() -> None:
    pair, estimate = pair_of(truth(), (2, 2, 1)), spoilt(truth())
    found = constrain(estimate, pair, EXACT, floor=0, misfit=np.inf).volume
    empty = np.kron(pair.target.data == 0, np.ones((2, 2, 1), bool))
    np.testing.assert_array_equal(found.data, np.where(empty, 0, np.maximum(estimate.data, 0)))


def test_a_wrong_profile_costs_less_than_with_full_agreement() -> None:
    coarse = with_slice_profile(FINE.coarsened((1, 1, 4)), 3.0, axis=2, shape="slab")
    scan = acquire_volume(truth(), coarse)
    pair = Pair(scan.with_data(scan.data, FINE.coarsened((1, 1, 4))), FINE)
    estimate = back_project_volume(spoilt(truth()), pair.target, EXACT)
    errors = {}
    for misfit in (0, MISFIT):
        away = constrain(estimate, pair, EXACT, misfit=misfit).volume.data - truth().data
        errors[misfit] = float(np.square(away).sum())
    assert errors[MISFIT] < errors[0]


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 4, 1)])
@pytest.mark.parametrize("method", [EXACT, BackProjection("none")])
def test_the_share_at_bounds_is_that_of_values_that_were_raised(
    factors: tuple[int, int, int], method: BackProjection
) -> None:
    tissue = Volume(np.full(FINE.shape, 100, np.float32), FINE)
    tissue.data[..., :8] = 0
    pair = pair_of(tissue, factors)
    dark = (np.arange(24) % 4 == 0) & (tissue.data > 0)
    estimate = tissue.with_data(np.where(dark, -5000, tissue.data))
    found = constrain(estimate, pair, method, misfit=np.inf)
    assert found.at_bounds == pytest.approx(0.25, abs=0.01)


def test_the_share_at_bounds_follows_the_misfit() -> None:
    pair, estimate = pair_of(truth(), (1, 1, 4)), spoilt(truth())
    clipped, agreeing = (constrain(estimate, pair, EXACT, misfit=m) for m in (np.inf, MISFIT))
    assert 0 < agreeing.at_bounds < clipped.at_bounds < 0.5


def test_without_bounds_no_voxel_lies_at_one() -> None:
    moved = truth().with_data(truth().data - 100)
    assert constrain(spoilt(moved), pair_of(moved, (2, 2, 1)), EXACT).at_bounds == 0
    pair = Pair(truth(), FINE)
    assert constrain(spoilt(truth()), pair, EXACT).at_bounds == 0


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0)])
def test_the_share_at_bounds_does_not_depend_on_the_order_of_axes(
    order: tuple[int, int, int],
) -> None:
    pair, estimate = pair_of(truth(), (2, 2, 1)), spoilt(truth())
    cut = order, (True, False, True)
    moved = Pair(pair.target.reordered(*cut), pair.fine.reordered(*cut))
    share = constrain(estimate.reordered(*cut), moved, EXACT).at_bounds
    assert share == pytest.approx(constrain(estimate, pair, EXACT).at_bounds, abs=1e-4)
