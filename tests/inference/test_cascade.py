"""Stages lead from the coarse to the fine grid, and the result explains the scan."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from crossres.inference import Cascade
from crossres.inference.cascade import (
    deblur,
    guide_at,
    point_spread,
    slices_at_once,
    stage_count,
    stage_grids,
)
from crossres.inference.protocol import enhance_in_batches
from crossres.networks import GuidedRDN
from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    consistency,
)
from crossres.types import GridError, SettingsError
from crossres.volume import Grid

COARSE = Grid((20, 18, 3), np.diag([2.0, 2.0, 3.0, 1.0]))


class Add(nn.Module):
    """Adds a fixed detail to its input, and remembers the shapes it saw."""

    def __init__(self, *, guided: bool = True) -> None:
        super().__init__()
        self.guided = guided
        self.seen: list[tuple[int, ...]] = []

    def forward(self, upsampled, guide=None):
        self.seen.append(tuple(upsampled.shape[2:]))
        if not self.guided:
            return upsampled + 0.05 * upsampled.flip(2)
        assert guide.shape == upsampled.shape
        return upsampled + 0.05 * guide


def smooth(grid: Grid, sigma: float = 2.0) -> torch.Tensor:
    """Return positive smooth slices, (k, 1, i, j) doubles of about 0.5-1."""
    noise = np.random.default_rng(0).random((grid.shape[2], *grid.shape[:2]))
    image = ndimage.gaussian_filter(noise, (0, sigma, sigma))
    image = (image - image.min()) / (image.max() - image.min())
    return torch.from_numpy(0.5 + image / 2)[:, None]


@pytest.mark.parametrize(
    ("factors", "stage_factor", "stages"),
    [
        ((2, 2, 1), 2, 1), ((4, 4, 1), 2, 2), ((2, 1, 1), 2, 1), ((4, 2, 1), 2, 2),
        ((2, 2, 1), 2 ** (1 / 3), 3), ((4, 4, 1), 4, 1), ((1.5, 1.5, 1), 2, 1), ((1, 1, 1), 2, 1),
    ],
)  # fmt: skip
def test_stage_count(factors, stage_factor, stages):
    assert stage_count(COARSE, COARSE.refined(factors), stage_factor) == stages


def test_stage_grids_grow_by_one_factor():
    coarse = Grid((120, 120, 5), np.eye(4))
    grids = stage_grids(coarse, coarse.refined((2, 2, 1)), 3)
    assert [grid.shape for grid in grids] == [(151, 151, 5), (190, 190, 5), (240, 240, 5)]
    assert all(grid.shares_edges(coarse) for grid in grids)


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_the_last_stage_grid_is_the_fine_one(stages):
    fine = COARSE.refined((4, 2, 1))
    grids = stage_grids(COARSE, fine, stages)
    assert len(grids) == stages
    assert grids[-1] is fine
    assert all(grid.shape[2] == 3 for grid in grids)


@pytest.mark.parametrize("factors", [(2, 2, 1), (4, 4, 1), (4, 2, 1), (2.5, 1, 1)])
@pytest.mark.parametrize("guided", [True, False])
def test_enhance_leads_to_the_fine_grid(factors, guided):
    fine = COARSE.refined(factors)
    guide = smooth(fine) if guided else None
    cascade = Cascade((Add(guided=guided),))
    result = cascade.enhance(smooth(COARSE), guide, COARSE, fine)
    assert result.shape == (3, 1, *fine.shape[:2])


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("deblur_noise", [0.0, 0.1])
def test_the_result_explains_the_scan(factor, deblur_noise):
    fine = COARSE.refined((factor, factor, 1))
    cascade = Cascade((Add(),), deblur_noise=deblur_noise)
    y = smooth(COARSE)
    x = cascade.enhance(y, smooth(fine), COARSE, fine)
    assert consistency(Acquisition(fine, COARSE), x, y) < 1e-12


def test_back_projection_can_be_left_out():
    fine = COARSE.refined((2, 2, 1))
    y = smooth(COARSE)
    x = Cascade((Add(),), back_projection=BackProjection("none")).enhance(
        y, smooth(fine), COARSE, fine
    )
    torch.testing.assert_close(x, Acquisition(fine, COARSE).upsample(y) + 0.05 * smooth(fine))


def test_one_network_serves_every_stage():
    network, fine = Add(), COARSE.refined((4, 4, 1))
    Cascade((network,)).enhance(smooth(COARSE), smooth(fine), COARSE, fine)
    assert network.seen == [(40, 36), (80, 72)]


def test_several_networks_take_one_stage_each():
    networks, fine = (Add(), Add(), Add()), COARSE.refined((2, 2, 1))
    Cascade(networks).enhance(smooth(COARSE), smooth(fine), COARSE, fine)
    assert [network.seen for network in networks] == [[(25, 23)], [(32, 29)], [(40, 36)]]


@pytest.mark.parametrize("shift", [0.3, 0.7])
def test_each_slice_stays_above_its_own_least_value_or_zero(shift):
    fine = COARSE.refined((2, 2, 1))
    y = (smooth(COARSE) - shift) * torch.linspace(1, 2, 3).reshape(3, 1, 1, 1)
    found = Cascade((Add(),)).enhance(y, smooth(fine), COARSE, fine)
    least = y.amin(dim=(1, 2, 3)).clamp_max(0)
    assert (found.amin(dim=(1, 2, 3)) >= least).all()


def test_an_image_without_negative_values_gets_none():
    fine = COARSE.refined((2, 2, 1))
    y = (smooth(COARSE) - 0.7).clamp_min(0)
    assert Cascade((Add(),)).enhance(y, smooth(fine), COARSE, fine).min() >= 0


@pytest.mark.parametrize("stages", [1, 2])
def test_back_projection_can_wait_for_the_end(stages):
    fine = COARSE.refined((2, 2, 1))
    networks = tuple(Add() for _ in range(stages))
    y, g = smooth(COARSE), smooth(fine)
    bare = Cascade(networks, back_projection=BackProjection("none")).enhance(y, g, COARSE, fine)
    found = Cascade(networks, back_projection=BackProjection("exact", between=False))
    expected = back_project(Acquisition(fine, COARSE), bare, y, BackProjection("exact"))
    torch.testing.assert_close(found.enhance(y, g, COARSE, fine), expected)


def test_enhancing_keeps_no_graph():
    fine = COARSE.refined((2, 2, 1))
    cascade = Cascade((GuidedRDN(blocks=1, layers=1, width=4),))
    result = cascade.enhance(smooth(COARSE).float(), smooth(fine).float(), COARSE, fine)
    assert not result.requires_grad


@pytest.mark.parametrize("guided", [True, False])
def test_batches_change_nothing(guided):
    fine = COARSE.refined((2, 2, 1))
    cascade = Cascade((Add(guided=guided),))
    y, g = smooth(COARSE), smooth(fine) if guided else None
    whole = cascade.enhance(y, g, COARSE, fine)
    torch.testing.assert_close(enhance_in_batches(cascade, y, g, COARSE, fine), whole)


def test_a_processor_takes_one_slice_at_once_and_a_gpu_many():
    assert slices_at_once("cpu") == 1 < slices_at_once("cuda:0")


def test_a_self_ensemble_is_equivariant():
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4).eval()
    torch.nn.init.normal_(network.out.weight, std=0.1)
    self_ensemble, fine = Cascade((network,)).self_ensemble().ready(), COARSE.refined((2, 2, 1))
    assert self_ensemble.guided
    y, g = smooth(COARSE).float(), smooth(fine).float()
    found, mirrored = (
        self_ensemble.enhance(i, j, COARSE, fine) for i, j in ((y, g), (y.flip(2), g.flip(2)))
    )
    torch.testing.assert_close(mirrored, found.flip(2))
    assert not torch.allclose(Cascade((network,)).enhance(y, g, COARSE, fine), found)


def test_a_ready_copy_evaluates_and_the_cascade_stays_as_it_is():
    network = GuidedRDN(blocks=1, layers=1, width=4).train()
    cascade = Cascade((network,), 3.0, deblur_noise=0.2)
    ready = cascade.ready()
    assert not ready.networks[0].training
    assert (ready.stage_factor, ready.deblur_noise) == (3.0, 0.2)
    assert network.training


@pytest.mark.parametrize("guided", [True, False])
def test_it_is_guided_if_its_networks_are(guided):
    assert Cascade((Add(guided=guided),)).guided is guided
    assert not Cascade((nn.Identity(),)).guided


def test_deblurring_undoes_the_point_spread():
    image = smooth(COARSE)
    blurred = point_spread(COARSE).forward(image)
    before = (blurred - image).norm()
    after = (deblur(blurred, COARSE, 1e-4) - image).norm()
    assert after < before / 10
    assert (deblur(blurred, COARSE, 0.1) - image).norm() < before / 2


def test_deblurring_keeps_constants():
    ones = torch.ones(1, 1, 20, 18, dtype=torch.float64)
    sharp = deblur(ones, COARSE, 0.1)
    torch.testing.assert_close(sharp[..., 5:-5, 5:-5], ones[..., 5:-5, 5:-5], rtol=0, atol=1e-3)


def test_without_a_noise_ratio_nothing_is_deblurred():
    image = smooth(COARSE)
    assert deblur(image, COARSE, 0.0) is image


def test_the_point_spread_is_one_voxel_wide_and_in_plane():
    spread = point_spread(COARSE)
    assert spread.fwhm == (2.0, 2.0, 0.0)
    torch.testing.assert_close(spread.forward(torch.ones(1, 1, 20, 18)), torch.ones(1, 1, 20, 18))


def test_the_guide_is_seen_as_a_scan_on_the_stage_grid():
    fine = COARSE.refined((2, 2, 1))
    guide = smooth(fine)
    assert guide_at(guide, fine, fine, 0.1) is guide
    expected = Acquisition(fine, COARSE).forward(guide)
    torch.testing.assert_close(guide_at(guide, fine, COARSE, 0.0), expected)
    sharp = guide_at(guide, fine, COARSE, 0.1)
    torch.testing.assert_close(sharp, deblur(expected, COARSE, 0.1))


def test_slices_keep_their_plane():
    fine = COARSE.refined((1, 1, 2))
    with pytest.raises(GridError, match="the k axis must not change"):
        Cascade((Add(),)).enhance(smooth(COARSE), None, COARSE, fine)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"networks": ()}, "`networks` must hold at least one network, got none"),
        ({"stage_factor": 1.0}, "`stage_factor` must be a number above 1 and at most 100, got 1.0"),
        ({"stage_factor": math.nan}, "`stage_factor` must be .*, got nan"),
        ({"stage_factor": math.inf}, "`stage_factor` must be .*, got inf"),
        ({"deblur_noise": -1.0}, "`deblur_noise` must be a number at least 0 and at most 1e"),
        ({"deblur_noise": 1e300}, "`deblur_noise` must be"),
        ({"deblur_noise": math.nan}, "`deblur_noise` must be"),
        ({"axes": 3}, "`axes` must be one of 1, 2, got 3"),
        ({"axes": True}, "`axes` must be one of 1, 2, got True"),
    ],
)
def test_settings_are_checked(wrong, message):
    wrong = {"networks": (Add(),), **wrong}
    with pytest.raises(SettingsError, match=message):
        Cascade(**wrong)


def test_orientations_keep_a_single_coarse_axis_in_place():
    self_ensemble = Cascade((Add(),), axes=1).self_ensemble()
    assert len(self_ensemble.networks[0].orientations) == 4
    assert {quarters % 2 for quarters, _ in self_ensemble.networks[0].orientations} == {0}


def test_networks_compute_in_bfloat16_and_the_rest_in_float32():
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=2, width=8)
    nn.init.normal_(network.out.weight, std=0.05)
    cascade, fine = Cascade((network,)), COARSE.refined((2, 2, 1))
    y, g = smooth(COARSE).float(), smooth(fine).float()
    whole = cascade.ready().enhance(y, g, COARSE, fine)
    reduced = cascade.with_precision("bfloat16").ready().enhance(y, g, COARSE, fine)
    added = whole - Acquisition(fine, COARSE).upsample(y)
    assert reduced.dtype == torch.float32
    assert 0 < (reduced - whole).abs().max() < 0.03 * added.abs().max()
    assert consistency(Acquisition(fine, COARSE), reduced, y) < 1e-5


def test_a_power_of_the_guide_applies_before_every_stage():
    cascade, fine = Cascade((Add(),)), COARSE.refined((4, 4, 1))
    y, g = smooth(COARSE), smooth(fine)
    brighter = cascade.with_guide_power(0.5)
    expected = cascade.enhance(y, g.sqrt(), COARSE, fine)
    torch.testing.assert_close(brighter.enhance(y, g, COARSE, fine), expected)
    negative = torch.where(g < 0.6, -g, g)
    assert brighter.enhance(y, negative, COARSE, fine).isfinite().all()
    assert cascade.guide_power == 1


@pytest.mark.parametrize("power", [0.0, 1.5, float("nan")])
def test_a_power_of_the_guide_outside_its_range_is_refused(power):
    with pytest.raises(SettingsError, match="guide_power"):
        Cascade((Add(),), guide_power=power)


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_precision_is_refused():
    with pytest.raises(SettingsError, match="precision"):
        Cascade((Add(),), precision="half")
