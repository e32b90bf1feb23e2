"""SRCNN has the published sizes."""

import pytest
import torch
from torch import nn

from crossres.networks import SRCNN


@pytest.mark.parametrize(("middle", "published"), [(1, 8_032), (5, 57_184)])
def test_it_has_the_published_number_of_weights(middle, published):
    named = SRCNN(middle=middle).named_parameters()
    assert sum(p.numel() for name, p in named if name.endswith("weight")) == published


def test_three_convolutions_with_kernels_9_middle_5():
    convolutions = [m for m in SRCNN(middle=3).modules() if isinstance(m, nn.Conv2d)]
    assert [conv.kernel_size[0] for conv in convolutions] == [9, 3, 5]


@pytest.mark.parametrize("middle", [1, 5])
def test_a_pixel_reaches_as_far_as_the_kernels(middle):
    network = SRCNN(middle=middle, widths=(6, 4))
    image = torch.rand(1, 1, 31, 31, requires_grad=True)
    network(image)[0, 0, 15, 15].backward()
    reach = 4 + middle // 2 + 2
    rows, columns = torch.nonzero(image.grad[0, 0], as_tuple=True)
    assert (rows - 15).abs().max() <= reach
    assert (columns - 15).abs().max() <= reach
    assert (rows - 15).abs().max() > reach - 3, "the outer kernels take part"
