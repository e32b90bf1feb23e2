"""Orientations are undone, and the mean over them depends on no orientation."""

import pytest
import torch
from torch import nn

from crossres.networks import GuidedRDN
from crossres.networks.self_ensemble import (
    EIGHT_ORIENTATIONS,
    SelfEnsemble,
    orient,
    orient_back,
)

IMAGE = torch.rand(2, 1, 6, 9, generator=torch.Generator().manual_seed(0))
GUIDE = torch.rand(2, 1, 6, 9, generator=torch.Generator().manual_seed(1))


class Shift(nn.Module):
    """Moves the image by a pixel, and is therefore not equivariant."""

    guided = False

    def forward(self, upsampled, guide=None):
        return upsampled.roll(1, dims=3)


@pytest.fixture
def network():
    torch.manual_seed(0)
    made = GuidedRDN(blocks=1, layers=1, width=4, norm="none")
    nn.init.normal_(made.out.weight, std=0.1)
    return made.eval()


@pytest.mark.parametrize("orientation", EIGHT_ORIENTATIONS)
def test_orienting_back_undoes_orienting(orientation):
    assert torch.equal(orient_back(orient(IMAGE, orientation), orientation), IMAGE)


def test_the_eight_orientations_differ():
    square = IMAGE[..., :6]
    assert len({orient(square, each).numpy().tobytes() for each in EIGHT_ORIENTATIONS}) == 8


def test_a_network_that_adds_nothing_still_adds_nothing():
    untrained = GuidedRDN(blocks=1, layers=1, width=4).eval()
    torch.testing.assert_close(SelfEnsemble(untrained)(IMAGE, GUIDE), IMAGE)


@pytest.mark.parametrize("orientation", EIGHT_ORIENTATIONS)
def test_the_mean_is_equivariant(network, orientation):
    self_ensemble = SelfEnsemble(network)
    expected = orient(self_ensemble(IMAGE, GUIDE), orientation)
    torch.testing.assert_close(
        self_ensemble(orient(IMAGE, orientation), orient(GUIDE, orientation)), expected
    )


def test_one_orientation_is_the_network_there(network):
    upright = SelfEnsemble(network, ((0, False),))(IMAGE, GUIDE)
    torch.testing.assert_close(upright, network(IMAGE, GUIDE))
    assert not torch.allclose(SelfEnsemble(network, ((1, True),))(IMAGE, GUIDE), upright)


def test_errors_that_orientations_do_not_share_shrink():
    one, eight = SelfEnsemble(Shift(), ((0, False),)), SelfEnsemble(Shift())
    assert (eight(IMAGE) - IMAGE).norm() < (one(IMAGE) - IMAGE).norm()


def test_it_is_guided_if_the_network_is(network):
    assert SelfEnsemble(network).guided
    assert not SelfEnsemble(Shift()).guided
