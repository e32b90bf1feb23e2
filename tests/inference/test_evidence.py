"""Standard deviation over the self-ensemble: 0 for equivariant networks, large for others."""

import numpy as np
import pytest
import torch

from crossres.inference import Cascade, super_resolve, super_resolve_with_deviation
from crossres.inference.evidence import Evidence, joint_evidence
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


def test_equivariant_networks_have_no_deviation():
    result, deviation = super_resolve_with_deviation(cascade(Idle()), scan())
    assert deviation.data.max() < 1e-3
    np.testing.assert_allclose(
        result.volume.data, super_resolve(cascade(Idle()), scan()).volume.data, rtol=1e-5
    )


def test_it_is_the_standard_deviation_over_orientations_and_the_result_their_mean():
    tilted, pair = cascade(Tilted()), scan()
    each = np.array(
        [
            super_resolve(tilted.self_ensemble((orientation,)), pair).volume.data
            for orientation in tilted.orientations
        ]
    )
    result, deviation = super_resolve_with_deviation(tilted, pair)
    np.testing.assert_allclose(result.volume.data, each.mean(0), rtol=1e-4)
    np.testing.assert_allclose(deviation.data, each.std(0, ddof=1), atol=0.05)
    assert deviation.grid == pair.fine
    assert deviation.data[12:16, 12:16].mean() < deviation.data[:4, :4].mean()


def test_slices_with_one_coarse_axis_have_four_orientations():
    reported = []
    single = Cascade((GuidedRDN(blocks=1, layers=1, width=4, guided=False),), 3.0, axes=1)
    super_resolve_with_deviation(
        single, scan((1, 1, 3)), progress=lambda done, total: reported.append((done, total))
    )
    assert len(single.orientations) == 4
    assert reported[-1][0] == reported[-1][1]
    assert [done / total for done, total in reported] == sorted(
        done / total for done, total in reported
    )


def test_the_mean_agrees_with_the_scan_as_its_parts_do():
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, guided=False, norm="none")
    with torch.no_grad():
        network.out.weight.normal_(0, 0.1)
    result, deviation = super_resolve_with_deviation(Cascade((network,)), scan())
    assert result.consistency.result == pytest.approx(0, abs=0.01)
    assert deviation.data.max() > 0


def test_evidence_of_several_passes_is_joined_on_the_grid_of_the_last():
    pair = scan((1, 1, 1))
    fine = pair.target.grid.refined((2, 2, 1))
    two, three = (pair.target.with_data(np.full(pair.target.shape, n)) for n in (2.0, 3.0))
    first = Evidence(two, three)
    second = Evidence(*(Volume(np.full(fine.shape, n), fine) for n in (4.0, -1.0)))
    joint = joint_evidence([first, second], fine)
    assert joint.standard_deviation.grid == joint.influence.grid == fine
    np.testing.assert_allclose(joint.standard_deviation.data, 20**0.5, rtol=1e-5)
    np.testing.assert_allclose(joint.influence.data, 2, rtol=1e-5)
    assert joint_evidence([first], fine) is first
    nothing = joint_evidence([Evidence(), Evidence()], fine)
    assert nothing.standard_deviation is None
    assert nothing.influence is None


def test_where_the_scan_is_empty_nothing_deviates() -> None:
    pair = scan()
    data = pair.target.data.copy()
    data[:4] = 0
    masked = Pair(pair.target.with_data(data), pair.fine)
    result, deviation = super_resolve_with_deviation(cascade(Tilted()), masked)
    assert not result.volume.data[:8].any()
    assert not deviation.data[:8].any()
    assert deviation.data[8:].any()
