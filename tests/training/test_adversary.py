"""The critic is trained to score targets above estimates, and its score trains the network."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from crossres.training.adversary import Adversarial, Adversary
from crossres.types import SettingsError

SETTINGS = Adversarial(weight=0.5, rate=1e-3, width=2)


class Linear(nn.Module):
    """A critic whose gradient is the same everywhere."""

    def __init__(self, norm: float) -> None:
        super().__init__()
        direction = torch.rand(1, 8, 8) + 0.1
        self.direction = nn.Parameter(norm * direction / direction.norm())

    def forward(self, image):
        return (image * self.direction).sum(dim=(1, 2, 3))


class Square(nn.Module):
    """A critic whose gradient at an image is the image."""

    def forward(self, image):
        return image.square().sum(dim=(1, 2, 3)) / 2


def adversary(settings: Adversarial = SETTINGS, critic: nn.Module | None = None) -> Adversary:
    torch.manual_seed(0)
    made = Adversary(settings, torch.device("cpu"))
    made.critic = critic or made.critic
    return made


def images(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return blurred estimates and their grainy targets."""
    target = torch.rand(4, 1, 12, 12, generator=torch.Generator().manual_seed(seed))
    estimate = nn.functional.avg_pool2d(target, 3, stride=1, padding=1, count_include_pad=False)
    return estimate, target


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def weights(made: Adversary) -> torch.Tensor:
    return torch.cat([value.flatten() for value in made.critic.parameters()])


def test_the_critic_is_trained_to_score_targets_above_estimates():
    made, generator = adversary(replace(SETTINGS, rate=3e-3, penalty=0.01)), random()
    estimate, target = images(99)

    def gap() -> float:
        return float((made.critic(target) - made.critic(estimate)).mean().detach())

    before = gap()
    for seed in range(30):
        made.update(*images(seed), generator)
    assert gap() > before + 0.5


@pytest.mark.parametrize(("norm", "penalty"), [(1.0, 0.0), (3.0, 4.0), (0.5, 0.25)])
def test_the_gradient_of_a_linear_critic_is_its_norm(norm, penalty):
    made = adversary(critic=Linear(norm))
    found = made.gradient_penalty(torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8), random())
    torch.testing.assert_close(found, torch.tensor(penalty), rtol=0, atol=1e-5)


def test_the_gradient_is_taken_between_estimate_and_target():
    target = torch.rand(5, 1, 8, 8)
    target = target / target.flatten(1).norm(dim=1)[:, None, None, None]
    found = adversary(critic=Square()).gradient_penalty(torch.zeros_like(target), target, random(3))
    share = torch.rand(5, generator=random(3))
    torch.testing.assert_close(found, (share - 1).square().mean())


def test_the_gradient_penalty_has_gradients():
    made = adversary(critic=Linear(3.0))
    made.gradient_penalty(torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8), random()).backward()
    step = made.critic.direction - 0.1 * made.critic.direction.grad
    assert step.norm() < 3


def test_the_generator_loss_falls_when_the_score_rises():
    made = adversary(critic=Linear(1.0))
    image = torch.rand(3, 1, 8, 8)
    better = image + made.critic.direction.detach()
    assert made.generator_loss(better) < made.generator_loss(image)
    torch.testing.assert_close(
        made.generator_loss(image), -SETTINGS.weight * made.critic(image).mean()
    )


def test_only_the_generator_loss_has_gradients_of_the_estimate():
    made = adversary()
    estimate, target = images()
    estimate.requires_grad_(True)
    made.update(estimate, target, random())
    assert estimate.grad is None
    made.generator_loss(estimate).backward()
    assert estimate.grad.any()


def test_gradients_of_the_generator_loss_do_not_train_the_critic():
    made, other = adversary(), adversary()
    made.generator_loss(images(5)[0]).backward()
    for each in (made, other):
        each.update(*images(), random())
    assert torch.equal(weights(made), weights(other))


@pytest.mark.parametrize("steps", [1, 3])
def test_the_critic_takes_its_steps(steps):
    made = adversary(Adversarial(width=2, steps=steps))
    made.update(*images(), random())
    taken = {int(state["step"]) for state in made.optimiser.state.values()}
    assert taken == {steps}


def test_a_restored_adversary_continues_alike():
    made, generator = adversary(), random()
    made.update(*images(), generator)
    other = Adversary(SETTINGS, torch.device("cpu"))
    assert not torch.equal(weights(made), weights(other))
    other.load_state_dict(copy.deepcopy(made.state_dict()))
    for each in (made, other):
        each.update(*images(1), random(1))
    assert torch.equal(weights(made), weights(other))


@pytest.mark.parametrize("wrong", ["weight", "penalty", "rate", "steps", "width"])
def test_settings_are_checked(wrong):
    with pytest.raises(SettingsError, match=f"`{wrong}` must be .*, got 0"):
        Adversarial(**{wrong: 0})
