"""The inferred part is what was added to interpolation without a trace in the scan."""

import numpy as np
import pytest

from crossres.phantom import make_pair
from crossres.physics import (
    BackProjection,
    acquire_volume,
    back_project_volume,
    degrade,
    interpolate_volume,
)
from crossres.report.inferred import inferred_part, measure_inferred, object_mask
from crossres.volume import Grid, Pair, Volume, at_centres


@pytest.fixture(params=[(2, 2, 1), (1, 1, 3)])
def truth_and_pair(request: pytest.FixtureRequest) -> tuple[Volume, Pair]:
    _, truth = make_pair(3, shape=(48, 54, 48), spacing=4.0, slices=(18, 30))
    return truth, Pair(degrade(truth, truth.grid.coarsened(request.param)), truth.grid)


def detail(pair: Pair, size: float) -> Volume:
    """Return an image that leaves no trace in the scan."""
    noise = np.random.default_rng(0).normal(0, size, pair.fine.shape)
    flat = Volume(np.zeros(pair.fine.shape), pair.fine)
    return inferred_part(Volume(noise, pair.fine), flat, pair.target)


def test_interpolation_has_no_inferred_part(truth_and_pair: tuple[Volume, Pair]) -> None:
    _, pair = truth_and_pair
    cubic = interpolate_volume(pair.target, pair.fine)
    assert not inferred_part(cubic, cubic, pair.target).data.any()
    found = measure_inferred(pair, cubic, cubic)
    assert (found.edge_share_from_scan, found.rms) == (1.0, 0.0)


def test_what_agrees_with_the_scan_more_closely_is_not_inferred(
    truth_and_pair: tuple[Volume, Pair],
) -> None:
    """What a projection adds follows from the scan alone."""
    _, pair = truth_and_pair
    cubic = interpolate_volume(pair.target, pair.fine)
    projected = back_project_volume(cubic, pair.target, BackProjection())
    found = measure_inferred(pair, projected, cubic)
    assert found.edge_share_from_scan > 0.9999
    assert found.rms < 0.001


def test_an_added_detail_is_found_whole(truth_and_pair: tuple[Volume, Pair]) -> None:
    _, pair = truth_and_pair
    cubic, added = interpolate_volume(pair.target, pair.fine), detail(pair, 20.0)
    seen = acquire_volume(added, pair.target.grid).data
    assert np.abs(seen).max() < 1e-3 * np.abs(added.data).max()
    both = cubic.with_data(cubic.data + added.data)
    found = inferred_part(both, cubic, pair.target)
    np.testing.assert_allclose(found.data, added.data, atol=0.01)


def test_a_known_detail_has_a_known_share(truth_and_pair: tuple[Volume, Pair]) -> None:
    """Twice the detail has twice the size, and four times the edge energy."""
    _, pair = truth_and_pair
    cubic, added = interpolate_volume(pair.target, pair.fine), detail(pair, 20.0)
    once, twice = (
        measure_inferred(pair, cubic.with_data(cubic.data + n * added.data), cubic) for n in (1, 2)
    )
    assert twice.rms == pytest.approx(2 * once.rms, rel=1e-4)
    odds = [1 / found.edge_share_from_scan - 1 for found in (once, twice)]
    assert odds[1] == pytest.approx(4 * odds[0], rel=1e-4)
    inside = object_mask(pair.target)
    low, high = np.percentile(pair.target.data[inside], (10, 90))
    assert once.tissue_contrast == pytest.approx(high - low)
    size = np.sqrt(np.mean(added.data[at_centres(inside, pair.fine.shape)] ** 2))
    assert once.rms == pytest.approx(size / (high - low), rel=1e-3)


def test_the_truth_has_an_inferred_part_and_blur_has_less(
    truth_and_pair: tuple[Volume, Pair],
) -> None:
    truth, pair = truth_and_pair
    cubic = interpolate_volume(pair.target, pair.fine)
    half = truth.with_data((truth.data + cubic.data) / 2)
    sharp, between = (measure_inferred(pair, each, cubic) for each in (truth, half))
    assert sharp.edge_share_from_scan < between.edge_share_from_scan < 1
    assert 0 < between.rms < sharp.rms


def test_units_of_intensity_do_not_matter(truth_and_pair: tuple[Volume, Pair]) -> None:
    truth, pair = truth_and_pair
    scaled = Pair(pair.target.with_data(7 * pair.target.data), pair.fine)
    one = measure_inferred(pair, truth, interpolate_volume(pair.target, pair.fine))
    seven = measure_inferred(
        scaled, truth.with_data(7 * truth.data), interpolate_volume(scaled.target, pair.fine)
    )
    assert seven.rms == pytest.approx(one.rms, rel=1e-3)
    assert seven.edge_share_from_scan == pytest.approx(one.edge_share_from_scan, rel=1e-3)


def test_a_scan_of_nothing_has_no_inferred_part() -> None:
    fine = Grid((8, 8, 4), np.eye(4))
    empty = Volume(np.zeros((4, 4, 4)), fine.coarsened((2, 2, 1)))
    found = measure_inferred(Pair(empty, fine), Volume(np.zeros(fine.shape), fine),
                             Volume(np.zeros(fine.shape), fine))  # fmt: skip
    assert (found.edge_share_from_scan, found.rms, found.tissue_contrast) == (1.0, 0.0, 0.0)


def test_noise_in_air_is_not_the_object() -> None:
    data = np.full((10, 10, 10), 8.0)
    data[3:7, 3:7, 3:7] = 100.0
    scan = Volume(data, Grid(data.shape, np.eye(4)))
    assert object_mask(scan).all()
    assert object_mask(scan, 5.0).sum() == 64
