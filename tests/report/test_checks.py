"""A consistent result passes all checks; each way to change what was measured fails one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from crossres.inference import Candidate, Cascade, Enhanced, Result
from crossres.inference.agreement import constrain
from crossres.inference.choice import Choice
from crossres.inference.method import Pass
from crossres.networks import GuidedRDN
from crossres.phantom import make_pair
from crossres.physics import (
    BackProjection,
    NoiseLevel,
    add_rician_noise,
    degrade,
    interpolate_volume,
)
from crossres.physics.volumes import back_project_volume
from crossres.registration import Aligned
from crossres.report.checks import AGREEMENT_CHECKS, Check, checks_of, residual_of
from crossres.volume import Pair, Volume

EXACT = BackProjection("exact")


def enhanced_of(pair: Pair, estimate: Volume, method: BackProjection = EXACT) -> Enhanced:
    """Return a result without networks, made to agree with the scan."""
    found = constrain(back_project_volume(estimate, pair.target, method), pair, method)
    result = Result.of(pair, found.volume, 0.0, at_bounds=found.at_bounds)
    return with_result(pair, result, method)


def with_result(pair: Pair, result: Result, method: BackProjection = EXACT) -> Enhanced:
    network = GuidedRDN(blocks=1, layers=2, width=6, guided=False, norm="none")
    choice = Choice(Candidate("untrained", Cascade((network,))))
    made = Pass(choice, pair, method, result, None)
    return Enhanced(pair, Aligned(pair), result, (made,), None, (), {"total": 0.0})


@pytest.fixture(scope="module")
def pair() -> Pair:
    _, truth = make_pair(3, shape=(60, 68, 60), spacing=3.2, slices=(20, 40))
    return Pair(degrade(truth, truth.grid.coarsened((1, 1, 4))), truth.grid)


@pytest.fixture(scope="module")
def consistent(pair: Pair) -> Enhanced:
    return enhanced_of(pair, interpolate_volume(pair.target, pair.fine))


def failed(enhanced: Enhanced) -> set[str]:
    return {check.name for check in checks_of(enhanced) if not check.passed}


def changed(consistent: Enhanced, data: np.ndarray) -> Enhanced:
    pair = consistent.pair
    return with_result(pair, Result.of(pair, consistent.result.volume.with_data(data), 0.0))


def test_checks_of_the_agreement_are_among_all(consistent: Enhanced) -> None:
    assert {check.name for check in checks_of(consistent)} >= AGREEMENT_CHECKS


def test_a_consistent_result_passes(consistent: Enhanced) -> None:
    assert [check.name for check in checks_of(consistent)] == [
        "data_consistency_error", "residual_in_head", "residual_without_bounds",
        "voxels_at_bounds", "change_of_intensity", "shift",
    ]  # fmt: skip
    assert failed(consistent) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda x: 1.03 * x, {"change_of_intensity", "residual_in_head"}),
        (lambda x: np.roll(x, 1, axis=2), {"shift", "data_consistency_error"}),
        (lambda x: np.roll(x, 1, axis=0), {"shift", "data_consistency_error"}),
        (lambda x: x + 0.2 * np.roll(x, 9, axis=1), {"residual_without_bounds"}),
        (lambda x: 0 * x, {"data_consistency_error", "change_of_intensity"}),
    ],
)
def test_each_change_of_what_was_measured_fails(
    consistent: Enhanced, change: Callable[[np.ndarray], np.ndarray], expected: set[str]
) -> None:
    assert expected <= failed(changed(consistent, change(consistent.result.volume.data)))


def test_detail_without_a_trace_in_the_scan_passes(consistent: Enhanced) -> None:
    """No check of agreement distinguishes true detail from false, as the verdict states."""
    x = consistent.result.volume.data
    noise = np.random.default_rng(0).normal(0, 0.1 * x.max(), x.shape)
    noise -= noise.reshape(*x.shape[:2], -1, 4).mean(axis=3).repeat(4, axis=2)
    pair = consistent.pair
    detailed = enhanced_of(
        pair, consistent.result.volume.with_data(x + noise * (x > 0.2 * x.max()))
    )
    assert {"data_consistency_error", "shift", "change_of_intensity"}.isdisjoint(failed(detailed))


def test_interpolation_without_back_projection_fails(pair: Pair) -> None:
    cubic = interpolate_volume(pair.target, pair.fine)
    result = Result.of(pair, cubic, 0.0)
    found = failed(with_result(pair, result, BackProjection("none")))
    assert {"data_consistency_error", "residual_without_bounds"} <= found


def test_the_noise_that_was_removed_is_no_defect(pair: Pair) -> None:
    clean = pair.target.data
    deviation = 0.05 * float(np.percentile(clean, 99))
    data = add_rician_noise(clean, deviation, np.random.default_rng(0)) * (clean > 0)
    noisy = Pair(pair.target.with_data(data), pair.fine)
    smooth = enhanced_of(pair, interpolate_volume(pair.target, pair.fine)).result.volume
    done = with_result(noisy, Result.of(noisy, smooth, 0.0))
    assert "residual_in_head" in failed(done)
    level = NoiseLevel(deviation, deviation / float(np.percentile(clean, 99)), "air")
    known = replace(done.result.consistency, noise=1.1 * done.result.consistency.result)
    aware = replace(done, noise=level, result=replace(done.result, consistency=known))
    assert failed(aware) == set()
    assert "residual_without_bounds" not in {check.name for check in checks_of(aware)}


def test_a_guide_that_was_kept_although_it_is_worse_fails(consistent: Enhanced) -> None:
    (made,) = consistent.passes
    guided = replace(made.pair, guide=made.pair.target.with_data(
        np.zeros(made.pair.fine.shape), made.pair.fine))  # fmt: skip
    for gains, names in (({"a": 1.0, "b": 2.0}, {"gain_of_guide"}), ({"a": 2.0, "b": 1.0}, set())):
        worse = replace(made, pair=guided, choice=replace(made.choice, gains=gains))
        assert failed(replace(consistent, passes=(worse,))) == names
    none = replace(made, pair=guided, choice=replace(made.choice, gains={"a": 1.0}))
    assert failed(replace(consistent, passes=(none,))) == set()


def test_labels_are_names_in_plain_text() -> None:
    checks = [Check.at_most(name, 0.0, 1.0, "") for name in ("data_consistency_error", "a_shift")]
    assert [check.label for check in checks] == ["data-consistency error", "a shift"]


def test_a_number_that_is_none_fails() -> None:
    assert not Check.at_most("a", float("nan"), 1.0, "").passed
    assert Check.at_most("a", 1.0, 1.0, "").passed


def test_the_residual_is_zero_for_what_explains_the_scan(pair: Pair) -> None:
    constant = Volume(np.ones(pair.fine.shape), pair.fine)
    scan = pair.target.with_data(np.ones(pair.target.shape))
    assert np.abs(residual_of(Pair(scan, pair.fine), constant).data).max() < 1e-5
