"""Scores stand beside bicubic's, for brain or head."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from crossres.inference import Blend, Cascade, Result
from crossres.io import find_cases
from crossres.networks import GuidedRDN
from crossres.physics import BackProjection, Consistency
from crossres.reproduction import scoring
from crossres.reproduction.scoring import (
    METRICS,
    eroded_mask,
    for_case,
    gain_deep,
    score_case,
    summarise,
)
from crossres.reproduction.simulated import simulate
from crossres.types import VolumeError
from crossres.volume import Grid, Volume
from crossres.weights import load_weights


def _cascade(kind: str) -> Cascade:
    """Return a cascade that adds nothing to interpolation and back-projection."""
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=False)
    return Cascade((network,), 2.0, BackProjection(kind))  # type: ignore[arg-type]


def test_the_eroded_mask_is_far_from_the_edge_of_the_head_in_its_own_slice() -> None:
    data = np.zeros((40, 40, 3), np.float32)
    data[5:35, 5:35, 1] = 1
    data[20, 20, 1] = 0  # a hole is no edge
    inside = eroded_mask(Volume(data, Grid(data.shape, np.diag([1.0, 2.0, 1.0, 1.0]))))
    assert not inside[..., (0, 2)].any()
    assert inside[9:31, 7:33, 1].all()
    assert inside.sum() == 22 * 26


def test_errors_at_the_edge_alone_change_no_score_in_the_eroded_mask() -> None:
    grid = Grid((40, 40, 3), np.eye(4))
    data = np.zeros(grid.shape, np.float32)
    data[5:35, 5:35] = 100
    reference = Volume(data, grid)
    inside = eroded_mask(reference)
    bicubic = reference.with_data(data + np.where(inside, 10, 30))
    half = reference.with_data(data + np.where(inside, 5, 60))
    result = Result(half, bicubic, Consistency(0.0, 0.0), 0.0)
    assert gain_deep(result, reference) == pytest.approx(20 * np.log10(2))
    too_small = reference.with_data(np.where(data > 0, 0, data))
    assert np.isnan(gain_deep(result, too_small))


def test_every_slice_is_scored_beside_bicubic(cohort: Path) -> None:
    simulated = simulate(find_cases(cohort)[0], 2.0)
    rows = score_case(_cascade("exact"), simulated, "sub-01")
    expected = {
        "case",
        "slice",
        "consistency",
        "gain_deep",
        *METRICS,
        *(f"bicubic_{m}" for m in METRICS),
    }
    assert all(set(row) == expected for row in rows)
    assert [row["slice"] for row in rows] == list(range(16))
    assert {row["case"] for row in rows} == {"sub-01"}
    assert summarise(rows)["gain"] > 0, "agreement with the scan is better than interpolation"


def test_what_changes_nothing_gains_next_to_nothing(cohort: Path) -> None:
    simulated = simulate(find_cases(cohort)[0], 2.0)
    mean = summarise(score_case(_cascade("none"), simulated, "sub-01"))
    # Enhancing clips below 0 and keeps the empty background, which interpolation does not.
    assert mean["psnr_inside"] == pytest.approx(mean["bicubic_psnr_inside"], abs=0.5)


def test_a_summary_averages_slices_and_takes_the_gain() -> None:
    rows: list[dict[str, object]] = [
        {"case": "a", "slice": 3, "psnr": 30.0, "bicubic_psnr": 28.0, "ssim": 0.8},
        {"case": "b", "slice": 7, "psnr": 34.0, "bicubic_psnr": 29.0, "ssim": 0.9},
    ]
    mean = summarise(rows)
    assert mean == pytest.approx(
        {"psnr": 32.0, "bicubic_psnr": 28.5, "ssim": 0.85, "gain": 3.5, "slices": 2}
    )


def test_a_blend_is_fitted_to_the_guide_and_others_are_unchanged(cohort: Path) -> None:
    simulated = simulate(find_cases(cohort)[0], 2.0)
    i, j, k = (3 * d for d in simulated.pair.fine.spacing)
    coarse = replace(simulated, detail=(i, j, k))
    unguided = load_weights("t2-axial-x2")
    blend = for_case(Blend(load_weights("t1-t2-axial-x2"), unguided), coarse)
    assert blend.guide_blur == pytest.approx((8**0.5, 8**0.5))
    assert for_case(blend, simulated).guide_blur == (0.0, 0.0)
    assert for_case(unguided, coarse) is unguided


def test_the_power_of_the_guide_in_a_blend_is_found_by_self_validation(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = simulate(find_cases(cohort)[0], 2.0)
    blend = Blend(load_weights("t1-t2-axial-x2"), load_weights("t2-axial-x2"))
    brighter = blend.guided_cascade.with_guide_power(0.5)
    monkeypatch.setattr(scoring, "fitted_to_guide", lambda *_, **__: (brighter, None))
    assert for_case(blend, simulated).guided_cascade is brighter

    def fail(*_: object, **__: object) -> None:
        raise VolumeError("too small")

    monkeypatch.setattr(scoring, "fitted_to_guide", fail)
    assert for_case(blend, simulated).guided_cascade is blend.guided_cascade
