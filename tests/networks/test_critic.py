"""The critic judges each image by itself, at any size."""

import pytest
import torch
from torch import nn

from crossres.networks import Critic
from crossres.types import SettingsError


@pytest.fixture
def critic() -> Critic:
    torch.manual_seed(0)
    return Critic(width=3)


@pytest.mark.parametrize("shape", [(8, 8), (9, 13), (31, 8)])
def test_one_number_per_image_at_any_size(critic, shape):
    torch.manual_seed(1)
    scores = critic(torch.rand(4, 1, *shape))
    assert scores.shape == (4,)
    assert len(scores.unique()) == 4


def test_the_score_of_an_image_does_not_depend_on_the_batch(critic):
    torch.manual_seed(1)
    images = torch.rand(3, 1, 16, 12)
    images[1:] *= 50
    assert critic.training
    torch.testing.assert_close(critic(images)[:1], critic(images[:1]))


def test_widths_double_and_every_second_convolution_halves():
    convolutions = [m for m in Critic(width=3).modules() if isinstance(m, nn.Conv2d)]
    assert [conv.out_channels for conv in convolutions] == [3, 3, 6, 6, 12, 12, 24, 24]
    assert [conv.stride[0] for conv in convolutions] == [1, 2] * 4


def test_gradient_reaches_image_and_every_parameter(critic):
    torch.manual_seed(1)
    image = torch.rand(2, 1, 16, 16, requires_grad=True)
    critic(image).sum().backward()
    assert image.grad.any()
    unreached = [n for n, p in critic.named_parameters() if p.grad is None or not p.grad.any()]
    assert unreached == []


def test_the_width_is_checked():
    with pytest.raises(SettingsError, match="width must be at least 1, got 0"):
        Critic(width=0)
