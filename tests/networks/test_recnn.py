"""ReCNN has the published sizes, starts with a signal and works in three dimensions."""

import pytest
import torch
from torch import nn

from crossres.networks import ReCNN


@pytest.mark.parametrize(("guided", "published"), [(True, 890_497), (False, 888_769)])
def test_it_has_the_published_number_of_parameters(guided, published):
    network = ReCNN(dims=3, guided=guided)
    assert sum(parameter.numel() for parameter in network.parameters()) == published


def test_it_has_ten_convolutions_of_64_filters():
    convolutions = [m for m in ReCNN().modules() if isinstance(m, nn.Conv2d)]
    assert [conv.out_channels for conv in convolutions] == [64] * 9 + [1]


@pytest.mark.parametrize("guided", [True, False])
def test_three_dimensions_keep_their_shape(guided):
    network = ReCNN(layers=3, width=4, guided=guided, dims=3)
    target, guide = torch.rand(2, 2, 1, 7, 5, 3)
    torch.testing.assert_close(network(target, guide), target)


def test_ten_layers_leave_a_signal():
    torch.manual_seed(0)
    features = ReCNN(width=16).body(torch.rand(2, 2, 12, 12))
    assert 0.01 < features.std() < 100
