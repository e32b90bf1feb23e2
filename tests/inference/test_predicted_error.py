"""The predicted error: covers simulated errors, follows the scan, and is absent where unknown."""

from collections.abc import Callable

import numpy as np
import pytest

import crossres as cr
from crossres.inference.predicted_error import PredictedError, predict_error
from crossres.volume import Volume, foreground_mask

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
UNREGISTERED = cr.EnhanceSettings(register=False, device="cpu")


@pytest.fixture(scope="module")
def truth() -> tuple[Volume, Volume]:
    return cr.make_pair(7, shape=(120, 140, 10), spacing=1.5)


def coarse(volume: Volume, *factors: float) -> Volume:
    return cr.degrade(volume, cr.coarse_grid(volume.grid, factor=factors))


def predicted(scan: Volume, guide: Volume | None, *factors: float) -> tuple[Volume, PredictedError]:
    done = cr.enhance(
        scan, guide=guide, factor=factors, contrasts=("T2w", "T1w" if guide else None),
        settings=UNREGISTERED,
    )  # fmt: skip
    found = done.predicted_error
    assert found is not None
    assert found is done.predicted_error, "computed once"
    return done.volume, found


@pytest.mark.parametrize("guided", [True, False])
def test_the_intervals_contain_about_nine_tenths_of_the_errors(
    truth: tuple[Volume, Volume], guided: bool
) -> None:
    guide, reference = truth
    result, found = predicted(coarse(reference, 2, 2, 1), guide if guided else None, 2, 2, 1)
    inside = foreground_mask(reference.data)
    low, high = (end.data[inside] for end in found.interval(result))
    truths = reference.data[inside]
    assert 0.8 < np.mean((low <= truths) & (truths <= high)) < 0.97
    error = np.abs(result.data[inside] - truths)
    order = np.argsort(found.volume.data[inside])
    parts = [error[part].mean() for part in np.array_split(order, 5)]
    assert parts == sorted(parts)


@pytest.mark.parametrize(("offset", "lowest"), [(12.0, 2.0), (2.0, 0.0), (0.0, 0.0), (-1.0, -11.0)])
def test_the_intervals_of_magnitudes_have_no_negative_intensity(
    offset: float, lowest: float
) -> None:
    grid = cr.Grid((2, 1, 1), np.eye(4))
    result = Volume(np.array([[[offset]], [[offset + 50]]]), grid)
    low, high = PredictedError(Volume(np.full(grid.shape, 5.0), grid), 2.0, ()).interval(result)
    assert low.data.ravel().tolist() == [lowest, offset + 40]
    assert high.data.ravel().tolist() == [offset + 10, offset + 60]


def test_it_scales_with_the_intensities_of_the_scan(truth: tuple[Volume, Volume]) -> None:
    guide, reference = truth
    scan = coarse(reference, 2, 2, 1)
    _, one = predicted(scan, guide, 2, 2, 1)
    _, other = predicted(scan.with_data(3 * scan.data), guide, 2, 2, 1)
    assert other.quantile == pytest.approx(one.quantile, rel=1e-3)
    np.testing.assert_allclose(other.volume.data, 3 * one.volume.data, rtol=0.02, atol=0.1)


def test_it_is_zero_where_the_scan_is_empty(truth: tuple[Volume, Volume]) -> None:
    guide, reference = truth
    scan = coarse(reference, 2, 2, 1)
    data = scan.data.copy()
    data[:20] = 0
    _, found = predicted(scan.with_data(data), guide, 2, 2, 1)
    assert not found.volume.data[:40].any()
    assert found.volume.data[40:].any()


def test_of_two_passes_the_variances_are_added() -> None:
    guide, reference = cr.make_pair(7, shape=(120, 140, 40), spacing=1.5)
    scan = coarse(reference, 2, 2, 2)
    done = cr.enhance(scan, guide=guide, factor=(2, 2, 2), settings=UNREGISTERED)
    both, second = done.predicted_error, predict_error(done.passes[1:])
    assert both is not None
    assert second is not None
    assert both.volume.grid == done.volume.grid
    assert len(both.calibrations) == 2
    assert (both.volume.data >= second.volume.data - 1e-4).all()
    assert both.volume.data.mean() > second.volume.data.mean()


@pytest.mark.parametrize(
    "scans",
    [lambda small: small, lambda small: [small, small.with_data(small.data + 1)]],
    ids=["too small", "several"],
)
def test_where_it_is_unknown_there_is_none(
    scans: Callable[[Volume], Volume | list[Volume]],
) -> None:
    small = cr.make_pair(0, shape=(20, 22, 2), spacing=10.0)[1]
    done = cr.enhance(scans(small), factor=2, settings=UNREGISTERED)
    assert done.predicted_error is None
