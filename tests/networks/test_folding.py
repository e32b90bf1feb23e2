"""Folding changes no number, only the computation."""

import pytest
import torch
from torch import nn

from crossres.networks import GuidedRDN
from crossres.networks.folding import folded


def trained(norm: str) -> GuidedRDN:
    """Return a network with statistics in its normalisations and weights in its last layer."""
    torch.manual_seed(0)
    network = GuidedRDN(blocks=2, layers=2, width=6, norm=norm)
    for parameter in network.out.parameters():
        nn.init.normal_(parameter)
    for _ in range(3):
        network(1 + 3 * torch.rand(2, 1, 12, 10), torch.rand(2, 1, 12, 10))
    return network.eval()


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_the_estimate_stays_the_same(norm):
    network = trained(norm).double()
    images = torch.rand(2, 1, 9, 7).double(), torch.rand(2, 1, 9, 7).double()
    torch.testing.assert_close(folded(network)(*images), network(*images))


def test_no_normalisation_is_left_and_the_network_itself_keeps_its_own():
    network = trained("batch").train()
    found = [isinstance(m, nn.BatchNorm2d) for m in folded(network).modules()]
    assert not any(found)
    assert any(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    assert network.training


def test_a_normalisation_that_follows_no_convolution_is_left():
    layers = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1), nn.ReLU(), nn.BatchNorm2d(2))
    assert sum(isinstance(m, nn.BatchNorm2d) for m in folded(layers)) == 2
