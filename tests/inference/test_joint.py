"""Several scans become one volume that explains all of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from crossres import make_pair
from crossres.inference import EnhancedScan, EnhanceSettings, RunLog, join
from crossres.inference.enhanced import Enhanced
from crossres.inference.single_pass import Result
from crossres.physics import degrade, interpolate_volume
from crossres.registration import (
    Aligned,
    RigidTransform,
    SameContrast,
    register_same_contrast,
    resample,
)
from crossres.volume import Pair, Volume
from moved_heads import rotated

TRUE = rotated(2, (1, 2, -1), (1.2, -1, 1.2))
UNMOVED = SameContrast(RigidTransform.identity(), 1.0, 1.0)


@pytest.fixture(scope="module")
def head() -> Volume:
    return make_pair(0, shape=(64, 72, 60), spacing=3.0)[1]


def interpolated(scan: Volume, axis: int) -> Enhanced:
    """Return a result without a network."""
    fine = scan.grid.refined(tuple(4 if a == axis else 1 for a in range(3)))
    pair = Pair(scan, fine)
    result = Result.of(pair, interpolate_volume(scan, fine), 0.0)
    return Enhanced(pair, Aligned(pair), result, (), None, (), {})


def scans_of(head: Volume, axes: Sequence[int]) -> list[EnhancedScan]:
    """Return thick scans across the axes; all but the first one moved."""
    moved = [head, *(resample(head, head.grid, TRUE.inverse()) for _ in axes[1:])]
    thick = [
        degrade(v, v.grid.coarsened(tuple(4 if a == axis else 1 for a in range(3))))
        for v, axis in zip(moved, axes, strict=True)
    ]
    found = [UNMOVED, *(register_same_contrast(each, to=thick[0]) for each in thick[1:])]
    return [
        EnhancedScan(interpolated(scan, axis), one)
        for scan, axis, one in zip(thick, axes, found, strict=True)
    ]


def hollow(scan: EnhancedScan, box: tuple[slice, slice, slice]) -> Volume:
    """Return the estimate of a scan with a box of negative intensities."""
    volume = scan.enhanced.result.volume
    data = volume.data.copy()
    data[box] = -50
    return volume.with_data(data)


def error(estimate: Volume, head: Volume) -> float:
    return float(np.sqrt(np.square(estimate.data - head.data).mean()))


def test_three_scans_show_more_than_two_and_two_more_than_one(head: Volume) -> None:
    scans = scans_of(head, (2, 1, 0))
    errors = [error(scans[0].enhanced.volume, head)]
    errors += [error(join(scans[:n], EnhanceSettings(), RunLog()).volume, head) for n in (2, 3)]
    assert errors[1] < 0.8 * errors[0]
    assert errors[2] < 0.9 * errors[1]


def test_the_result_is_in_the_frame_of_the_first_and_explains_all(head: Volume) -> None:
    scans = scans_of(head, (2, 0))
    done = join(scans, EnhanceSettings(), RunLog())
    assert done.volume.grid == scans[0].enhanced.pair.fine
    assert len(done.scans) == 2
    assert done.scans[0].transform.is_identity
    assert all(scan.residual < 0.05 for scan in done.scans)
    assert done.scans[0].residual == pytest.approx(done.consistency.result, rel=0.05)
    points = np.array([head.grid.centre])
    away = done.scans[1].transform.apply(points) - TRUE.apply(points)
    assert np.linalg.norm(away) < 0.3


def test_other_intensities_are_matched(head: Volume) -> None:
    first, second = scans_of(head, (2, 1))
    scan = second.enhanced.pair.target
    bright = interpolated(scan.with_data(2 * scan.data), 1)
    plain = join([first, second], EnhanceSettings(), RunLog())
    done = join([first, EnhancedScan(bright, second.found)], EnhanceSettings(), RunLog())
    assert done.scans[1].ratio == pytest.approx(2, rel=0.03)
    assert error(done.volume, head) == pytest.approx(error(plain.volume, head), rel=0.03)


def test_the_last_step_can_be_left_out(head: Volume) -> None:
    scans = scans_of(head, (2, 1))
    mean = join(scans, EnhanceSettings(back_projection="none"), RunLog())
    done = join(scans, EnhanceSettings(), RunLog())
    assert max(s.residual for s in done.scans) < max(s.residual for s in mean.scans)


def test_without_back_projection_only_negative_intensities_are_raised(head: Volume) -> None:
    first, second = scans_of(head, (2, 1))
    box = (slice(25, 40), slice(30, 42), slice(24, 36))
    dark = [
        EnhancedScan(
            replace(each.enhanced, result=replace(each.enhanced.result, volume=hollow(each, box))),
            each.found,
        )
        for each in (first, second)
    ]
    settings = EnhanceSettings(back_projection="none", register=False)
    inner = tuple(slice(s.start + 5, s.stop - 5) for s in box)
    assert join(dark, settings, RunLog()).volume.data[inner].min() == 0
    exact = replace(settings, back_projection="exact")
    assert join(dark, exact, RunLog()).volume.data[inner].min() > 0


def test_nothing_appears_where_the_first_scan_is_empty(head: Volume) -> None:
    first, second = scans_of(head, (2, 1))
    scan = first.enhanced.pair.target
    data = scan.data.copy()
    data[:20] = 0
    masked = EnhancedScan(interpolated(scan.with_data(data), 2), UNMOVED)
    done = join([masked, second], EnhanceSettings(register=False), RunLog())
    assert not done.volume.data[:20].any()


def test_a_masked_part_of_a_further_scan_is_no_data(head: Volume) -> None:
    first, second = scans_of(head, (2, 1))
    scan, size = second.enhanced.pair.target, head.shape[0] // 2
    data = scan.data.copy()
    data[:size] = 0
    masked = EnhancedScan(interpolated(scan.with_data(data), 1), second.found)
    done = join([first, masked], EnhanceSettings(register=False), RunLog())
    part = (slice(None, size - 3), slice(None), slice(None))
    away = done.volume.data[part] - first.enhanced.volume.data[part]
    assert np.sqrt(np.square(away).mean()) < 0.3 * error(first.enhanced.volume, head)
    assert done.scans[1].ratio == pytest.approx(1, rel=0.03)
