"""The residual dense block and its convolution."""

import pytest
import torch
from torch import nn

from crossres.networks.residual_dense import GuidedDenseBlock, convolution


@pytest.mark.parametrize(("kernel", "stride", "size"), [(1, 1, 8), (3, 1, 8), (5, 1, 8), (2, 2, 4)])
def test_odd_kernels_keep_the_size_and_strides_divide_it(kernel, stride, size):
    layers = convolution(3, 5, "batch", kernel=kernel, stride=stride)
    assert layers(torch.rand(2, 3, 8, 8)).shape == (2, 5, size, size)


@pytest.mark.parametrize(("norm", "bias"), [("batch", False), ("none", True)])
def test_a_normalisation_replaces_the_bias(norm, bias):
    layers = convolution(3, 5, norm)
    assert (layers[0].bias is not None) is bias
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in layers) is not bias


@pytest.mark.parametrize("guide_width", [0, 2])
def test_every_layer_sees_all_that_came_before(guide_width):
    block = GuidedDenseBlock(4, guide_width, 3, "batch")
    start = 4 + guide_width
    assert [layer[0].in_channels for layer in block.layers] == [start, start + 4, start + 8]
    assert block.fusion.in_channels == start + 12


def test_without_its_fusion_a_block_passes_its_input_on():
    block = GuidedDenseBlock(4, 0, 2, "batch")
    nn.init.zeros_(block.fusion.weight)
    nn.init.zeros_(block.fusion.bias)
    features = torch.rand(2, 4, 6, 5)
    torch.testing.assert_close(block(features, None), features)
