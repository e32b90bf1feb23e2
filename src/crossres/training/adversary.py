"""An adversary for a training: a critic that learns beside the network (WGAN with penalty)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.networks import Critic
from crossres.types import SettingsError

Image = Float[Tensor, "b 1 i j"]


@dataclass(frozen=True)
class Adversarial:
    """How a critic takes part.

    Args:
        weight: Of the critic's opinion in the network's loss (0.001 in the source).
        penalty: Weight of the gradient penalty (10).
        rate: Learning rate of the critic's Adam.
        steps: Steps of the critic per step of the network.
        width: Filters of the critic's first layer (64 in the source).

    Raises:
        SettingsError: A number outside its range.

    References:
        Chen 2018, arXiv 1803.01417; Gulrajani 2017, arXiv 1704.00028.
    """

    weight: float = 0.001
    penalty: float = 10.0
    rate: float = 1e-4
    steps: int = 1
    width: int = 64

    def __post_init__(self) -> None:
        if min(self.weight, self.penalty, self.rate) <= 0 or min(self.steps, self.width) < 1:
            raise SettingsError("an adversary wants weight, penalty, rate > 0, steps, width >= 1")


class Adversary:
    """The critic, its optimiser and what it says."""

    def __init__(self, settings: Adversarial, device: torch.device) -> None:
        self.settings = settings
        self.critic = Critic(width=settings.width).to(device)
        self.optimiser = torch.optim.Adam(
            self.critic.parameters(), lr=settings.rate, betas=(0.5, 0.9)
        )

    def learn(self, estimate: Image, target: Image, generator: torch.Generator) -> None:
        """Teach the critic to tell estimates from targets."""
        estimate, target = estimate.detach(), target.detach()
        for _ in range(self.settings.steps):
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.critic(estimate).mean() - self.critic(target).mean()
            loss = loss + self.settings.penalty * self.gradient_penalty(estimate, target, generator)
            loss.backward()
            self.optimiser.step()

    def gradient_penalty(
        self, estimate: Image, target: Image, generator: torch.Generator
    ) -> Tensor:
        """Return how far the critic's slope between estimate and target is from 1, squared."""
        share = torch.rand(len(target), 1, 1, 1, generator=generator).to(target.device)
        between = (share * target + (1 - share) * estimate).requires_grad_(True)
        score = self.critic(between).sum()
        (gradient,) = torch.autograd.grad(score, between, create_graph=True)
        penalty: Tensor = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
        return penalty

    def generator_loss(self, estimate: Image) -> Tensor:
        """Return what is added to the network's loss: how unreal its estimates look."""
        generator_loss: Tensor = -self.settings.weight * self.critic(estimate).mean()
        return generator_loss

    def state_dict(self) -> dict[str, Any]:
        """Return everything that a checkpoint needs."""
        return {"critic": self.critic.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.critic.load_state_dict(state["critic"])
        self.optimiser.load_state_dict(state["optimiser"])
