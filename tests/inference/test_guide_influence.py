"""The influence of the guide: nothing without one, and what it added to the estimate else."""

import numpy as np
import torch

from crossres.inference import Cascade
from crossres.inference.guide_influence import guide_influence, joint_influence
from crossres.inference.single_pass import super_resolve
from crossres.physics import BackProjection
from crossres.volume import Grid, Pair, Volume

NONE = BackProjection("none")


class Idle(torch.nn.Module):
    guided = False

    def forward(self, upsampled, guide=None):
        return upsampled


class Added(torch.nn.Module):
    guided = True

    def forward(self, upsampled, guide):
        return upsampled + 0.1 * guide


def scan(factors=(2, 2, 1)) -> Pair:
    grid = Grid((12, 12, 6), np.diag([2.0, 2.0, 3.0, 1.0]))
    fine = grid.refined(factors)
    data = np.random.default_rng(0).uniform(400, 600, grid.shape)
    return Pair(Volume(data, grid), fine, Volume(np.full(fine.shape, 80.0), fine))


def test_it_is_the_result_minus_one_without_the_guide() -> None:
    pair, plain = scan(), Cascade((Idle(),), back_projection=NONE)
    guided = Cascade((Added(),), back_projection=NONE)
    result, alone = super_resolve(guided, pair), super_resolve(plain, Pair(pair.target, pair.fine))
    found = guide_influence(result.volume, plain, pair, NONE)
    assert found is not None
    np.testing.assert_allclose(
        found.data, result.volume.data - alone.volume.data, rtol=1e-4, atol=1e-3
    )
    assert found.data.min() > 0


def test_without_a_guide_or_unguided_networks_there_is_none() -> None:
    pair, plain = scan(), Cascade((Idle(),), back_projection=NONE)
    result = super_resolve(plain, Pair(pair.target, pair.fine)).volume
    assert guide_influence(result, plain, Pair(pair.target, pair.fine), NONE) is None
    assert guide_influence(result, None, pair, NONE) is None


def test_influences_of_several_passes_are_summed_on_the_grid_of_the_last() -> None:
    grid = scan().target.grid
    fine = grid.refined((2, 2, 1))
    first, second = (Volume(np.full(g.shape, n), g) for g, n in ((grid, 3.0), (fine, -1.0)))
    joint = joint_influence([first, second], fine)
    assert joint is not None
    assert joint.grid == fine
    np.testing.assert_allclose(joint.data, 2, rtol=1e-5)
    assert joint_influence([None, second], fine) is second
    assert joint_influence([None, None], fine) is None
