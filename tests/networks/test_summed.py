"""Dense blocks as sums of convolutions compute the same function."""

import pytest
import torch
from torch import nn

from crossres.networks import NETWORKS, GuidedRDN
from crossres.networks.folding import folded
from crossres.networks.residual_dense import GuidedDenseBlock
from crossres.networks.summed import SummedDenseBlock, summed


def trained(network: nn.Module) -> nn.Module:
    """Give a network the parameters and statistics of some training."""
    torch.manual_seed(0)
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) * 0.2 + 0.01)
    return network.eval()


@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("fusion", ["shared", "per-block"])
@pytest.mark.parametrize("guided", [True, False])
def test_the_function_is_that_of_the_training_form(guided, fusion, norm, channels_last):
    network = trained(GuidedRDN(blocks=2, width=4, guided=guided, norm=norm, fusion=fusion))
    x, g = torch.rand(2, 2, 1, 11, 8)
    ready = summed(folded(network))
    if channels_last:
        ready = ready.to(memory_format=torch.channels_last)
    with torch.no_grad():
        expected, found = network(x, g), ready(x, g)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_no_dense_block_is_left_and_the_network_is_unchanged():
    network = folded(GuidedRDN(blocks=2, layers=1, width=4))
    kinds = [type(module) for module in summed(network).modules()]
    assert kinds.count(SummedDenseBlock) == 2
    assert GuidedDenseBlock not in kinds
    assert sum(isinstance(module, GuidedDenseBlock) for module in network.modules()) == 2


@pytest.mark.parametrize("name", NETWORKS)
def test_any_network_can_be_prepared(name):
    network = trained(NETWORKS[name]())
    x = torch.rand(1, 1, 12, 8)
    with torch.no_grad():
        expected, found = network(x, x), summed(folded(network))(x, x)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
