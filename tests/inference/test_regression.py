"""Local regression on the guide: its edges, the target's contrast, agreement with the scan."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossres.inference import GuidedRegression, super_resolve
from crossres.inference.regression import regress_on_guide
from crossres.physics import Acquisition, BackProjection, consistency, degrade
from crossres.types import GridError, SettingsError
from crossres.volume import Grid, Pair, Volume

COARSE = Grid((20, 16, 2), np.diag([4.0, 4.0, 3.0, 1.0]))
FINE = COARSE.refined((4, 4, 1))
SCAN = Acquisition(FINE, COARSE)


@pytest.fixture
def guide() -> torch.Tensor:
    """Two slices with discs of three intensities, whose edges no coarse pixel can show."""
    i, j = torch.meshgrid(torch.arange(80.0), torch.arange(64.0), indexing="ij")
    away = torch.hypot(i - 40, j - 32)
    discs = 0.3 + 0.3 * (away < 20) + 0.3 * (away < 9)
    return torch.stack([discs, discs.flip(0)])[:, None]


def error(estimate: torch.Tensor, truth: torch.Tensor) -> float:
    return float((estimate - truth).norm() / truth.norm())


@settings(max_examples=10, deadline=None)
@given(b=st.floats(-0.4, 0.4), c=st.floats(-0.3, 0.3))
def test_edges_come_from_the_guide_in_the_target_s_contrast(b: float, c: float) -> None:
    """Half of what interpolation leaves and less; nothing where there is no edge."""
    i, j = torch.meshgrid(torch.arange(80.0), torch.arange(64.0), indexing="ij")
    seen = 0.3 + 0.5 * (torch.hypot(i - 40, j - 32) < 17)[None, None].expand(2, -1, -1, -1)
    truth = 0.6 + b * seen + c * seen**2
    scan = SCAN.forward(truth)
    estimate = regress_on_guide(scan, seen, COARSE, FINE)
    assert error(estimate, truth) <= 0.5 * error(SCAN.upsample(scan), truth) + 1e-4


def test_the_order_of_three_tissues_may_differ(guide: torch.Tensor) -> None:
    truth = 0.2 + 4 * (guide - 0.6) ** 2
    scan = SCAN.forward(truth)
    estimate = regress_on_guide(scan, guide, COARSE, FINE)
    assert error(estimate, truth) < 0.6 * error(SCAN.upsample(scan), truth)


def test_the_estimate_explains_the_scan(guide: torch.Tensor) -> None:
    scan = SCAN.forward(0.2 + torch.rand(guide.shape, generator=torch.Generator().manual_seed(1)))
    estimate = regress_on_guide(scan, guide, COARSE, FINE)
    assert consistency(SCAN, estimate, scan) < 0.01


def test_constants_are_kept_whatever_the_guide_shows(guide: torch.Tensor) -> None:
    scan = torch.full((2, 1, *COARSE.shape[:2]), 0.4)
    estimate = regress_on_guide(scan, guide, COARSE, FINE)
    torch.testing.assert_close(estimate, torch.full_like(guide, 0.4), atol=2e-3, rtol=0)


def test_a_guide_that_shows_nothing_leaves_interpolation_and_projection() -> None:
    generator = torch.Generator().manual_seed(2)
    scan = SCAN.forward(torch.rand(2, 1, *FINE.shape[:2], generator=generator))
    flat = torch.zeros(2, 1, *FINE.shape[:2])
    estimate = regress_on_guide(scan, flat, COARSE, FINE)
    assert estimate.isfinite().all()
    assert consistency(SCAN, estimate, scan) < 0.01


def test_slices_do_not_influence_each_other(guide: torch.Tensor) -> None:
    scan = SCAN.forward(1 - guide)
    both = regress_on_guide(scan, guide, COARSE, FINE)
    alone = regress_on_guide(scan[:1], guide[:1], COARSE, FINE)
    torch.testing.assert_close(both[:1], alone)


def test_intensities_stay_within_what_a_scan_can_show(guide: torch.Tensor) -> None:
    scan = SCAN.forward(1 - guide)
    bright = guide.clone()
    bright[:, :, 30:34, 30:34] = 50
    estimate = regress_on_guide(scan, bright, COARSE, FINE)
    assert estimate.min() >= 0
    assert estimate.max() < 3 * scan.max()
    assert math.isfinite(float(estimate.max()))


def test_slices_across_are_refused(guide: torch.Tensor) -> None:
    thicker = Grid((20, 16, 1), np.diag([4.0, 4.0, 6.0, 1.0]))
    with pytest.raises(GridError, match="the k axis must not change"):
        regress_on_guide(torch.rand(len(guide), 1, 20, 16), guide, thicker, FINE)


def volumes_of(guide: torch.Tensor) -> Pair:
    truth = Volume(guide[:, 0].permute(1, 2, 0).numpy().copy() * 300, FINE)
    scan = degrade(truth.with_data(500 - truth.data), COARSE)
    return Pair(scan, FINE, truth)


def test_a_volume_is_enhanced_in_its_own_intensities(guide: torch.Tensor) -> None:
    pair = volumes_of(guide)
    assert pair.guide is not None
    result = super_resolve(GuidedRegression(), pair)
    truth = 500 - pair.guide.data
    left = np.abs(result.volume.data - truth).mean()
    assert left < 0.6 * np.abs(result.interpolated.data - truth).mean()
    assert result.consistency.result < 0.01


def test_without_a_guide_there_is_nothing_to_regress_on(guide: torch.Tensor) -> None:
    pair = volumes_of(guide)
    with pytest.raises(SettingsError, match="need a guide"):
        super_resolve(GuidedRegression(), Pair(pair.target, FINE))
    with pytest.raises(SettingsError, match="needs a guide"):
        GuidedRegression().enhance(torch.rand(1, 1, 20, 16), None, COARSE, FINE)


def test_it_ends_with_the_requested_back_projection(guide: torch.Tensor) -> None:
    scan = SCAN.forward(torch.rand(guide.shape, generator=torch.Generator().manual_seed(3)))
    methods = [BackProjection(), BackProjection("none"), BackProjection("exact", noise=0.1)]
    left = [
        consistency(SCAN, GuidedRegression(method).enhance(scan, guide, COARSE, FINE), scan)
        for method in methods
    ]
    assert left[0] < left[2] < left[1]
