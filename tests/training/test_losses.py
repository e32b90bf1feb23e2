"""Losses are the paper's p = 1 and p = 2, or functions."""

import pytest
import torch
from torch.nn import functional

from crossres.training.losses import LOSSES, loss_function, loss_name


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


def test_a_loss_is_a_name_or_a_function():
    assert loss_function("l1") is LOSSES["l1"]
    assert loss_function(functional.huber_loss) is functional.huber_loss
    assert (loss_name("l1"), loss_name(functional.huber_loss)) == ("l1", "huber_loss")


def test_an_unknown_loss_is_refused(refused):
    with refused("`loss` must be one of l1, l2, got 'l3'"):
        loss_function("l3")
    with refused("define a function or a class"):
        loss_function(torch.nn.HuberLoss())
