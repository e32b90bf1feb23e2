"""Losses are the paper's p = 1 and p = 2."""

import pytest
import torch

from crossres.training.losses import LOSSES


@pytest.mark.parametrize(("name", "power"), [("l1", 1), ("l2", 2)])
def test_is_the_mean_of_the_powered_error(name, power):
    estimate, target = torch.randn(2, 1, 5, 4), torch.randn(2, 1, 5, 4)
    loss = LOSSES[name](estimate, target)
    torch.testing.assert_close(loss, (estimate - target).abs().pow(power).mean())


@pytest.mark.parametrize("name", LOSSES)
def test_is_zero_only_when_equal_and_gives_gradients(name):
    target = torch.randn(2, 1, 5, 4)
    estimate = (target + 0.5).requires_grad_()
    loss = LOSSES[name](estimate, target)
    loss.backward()
    assert loss > 0
    assert (estimate.grad > 0).all()
    assert LOSSES[name](target, target) == 0
