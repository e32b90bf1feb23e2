"""The spread is 0 where networks agree with themselves from every side, and large where not."""

import numpy as np
import pytest
import torch

from crossres.inference import Cascade, super_resolve, super_resolve_with_deviation
from crossres.networks import GuidedRDN
from crossres.physics import BackProjection
from crossres.volume import Grid, Pair, Volume


class Tilted(torch.nn.Module):
    """Adds a ramp that runs along the first axis of whatever it is given, on one half of it."""

    guided = False

    def forward(self, upsampled, guide=None):
        ramp = torch.linspace(-1, 1, upsampled.shape[2]).clamp_min(0)[:, None]
        return upsampled + 0.1 * ramp


class Idle(torch.nn.Module):
    guided = False

    def forward(self, upsampled, guide=None):
        return upsampled


def scan(factors=(2, 2, 1)) -> Pair:
    grid = Grid((12, 12, 6), np.diag([2.0, 2.0, 3.0, 1.0]))
    data = np.random.default_rng(0).uniform(400, 600, grid.shape)
    return Pair(Volume(data, grid), grid.refined(factors))


def cascade(network: torch.nn.Module, **settings) -> Cascade:
    return Cascade((network,), back_projection=BackProjection("none"), **settings)


def test_networks_that_say_the_same_from_everywhere_have_no_spread():
    result, spread = super_resolve_with_deviation(cascade(Idle()), scan())
    assert spread.data.max() < 1e-3
    np.testing.assert_allclose(
        result.volume.data, super_resolve(cascade(Idle()), scan()).volume.data, rtol=1e-5
    )


def test_the_spread_is_the_standard_deviation_over_positions_and_the_result_their_mean():
    tilted, pair = cascade(Tilted()), scan()
    each = np.array(
        [
            super_resolve(tilted.self_ensemble((how,)), pair).volume.data
            for how in tilted.orientations
        ]
    )
    result, spread = super_resolve_with_deviation(tilted, pair)
    np.testing.assert_allclose(result.volume.data, each.mean(0), rtol=1e-4)
    np.testing.assert_allclose(spread.data, each.std(0, ddof=1), atol=0.05)
    assert spread.grid == pair.fine
    assert spread.data[12:16, 12:16].mean() < spread.data[:4, :4].mean()


def test_one_coarse_axis_is_seen_from_four_sides():
    told = []
    single = Cascade((GuidedRDN(blocks=1, layers=1, width=4, guided=False),), 3.0, axes=1)
    super_resolve_with_deviation(
        single, scan((1, 1, 3)), progress=lambda done, total: told.append((done, total))
    )
    assert len(single.orientations) == 4
    assert told[-1][0] == told[-1][1]
    assert [done / total for done, total in told] == sorted(done / total for done, total in told)


def test_the_mean_agrees_with_the_scan_as_its_parts_do():
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, guided=False, norm="none")
    with torch.no_grad():
        network.out.weight.normal_(0, 0.1)
    result, spread = super_resolve_with_deviation(Cascade((network,)), scan())
    assert result.consistency.result == pytest.approx(0, abs=0.01)
    assert spread.data.max() > 0
