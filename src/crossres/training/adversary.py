"""Adversarial training: a critic is trained beside the network (WGAN with gradient penalty)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from crossres.checks import check_number, check_whole
from crossres.networks import Critic
from crossres.types import Slices


@dataclass(frozen=True)
class Adversarial:
    """Settings of a critic.

    Args:
        weight: Weight of the critic's score in the network's loss, above 0 (0.001 in the source).
        penalty: Weight of the gradient penalty, above 0 (10).
        rate: Learning rate of the critic's Adam, above 0.
        steps: Steps of the critic per step of the network, at least 1.
        width: Filters of the critic's first layer, at least 1 (64 in the source).

    Raises:
        SettingsError: A value outside its range.

    References:
        Chen 2018, arXiv 1803.01417; Gulrajani 2017, arXiv 1704.00028.
    """

    weight: float = 0.001
    penalty: float = 10.0
    rate: float = 1e-4
    steps: int = 1
    width: int = 64

    def __post_init__(self) -> None:
        for name in ("weight", "penalty", "rate"):
            check_number(name, getattr(self, name), above=True)
        for name in ("steps", "width"):
            check_whole(name, getattr(self, name))


class Adversary:
    """The critic, its optimiser and its losses.

    Args:
        settings: Settings of the critic.
        device: Device of the network.
    """

    def __init__(self, settings: Adversarial, device: torch.device) -> None:
        self.settings = settings
        self.critic = Critic(width=settings.width).to(device)
        self.optimiser = torch.optim.Adam(
            self.critic.parameters(), lr=settings.rate, betas=(0.5, 0.9)
        )

    def update(self, estimate: Slices, target: Slices, generator: torch.Generator) -> None:
        """Train the critic to score targets above estimates.

        Args:
            estimate: Estimates of the network, ``(b, 1, i, j)``; no gradient reaches them.
            target: Targets, ``(b, 1, i, j)``.
            generator: Decides where between both the gradient is penalised.
        """
        estimate, target = estimate.detach(), target.detach()
        for _ in range(self.settings.steps):
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.critic(estimate).mean() - self.critic(target).mean()
            loss = loss + self.settings.penalty * self.gradient_penalty(estimate, target, generator)
            loss.backward()
            self.optimiser.step()

    def gradient_penalty(
        self, estimate: Slices, target: Slices, generator: torch.Generator
    ) -> Tensor:
        """Return the gradient penalty, (norm of the critic's gradient - 1)^2 (Gulrajani, eq. 3).

        The gradient is taken at random points between estimate and target.

        Args:
            estimate: Estimates of the network, ``(b, 1, i, j)``.
            target: Targets, ``(b, 1, i, j)``.
            generator: Decides the points.

        Returns:
            A scalar, the mean over the batch.
        """
        share = torch.rand(len(target), 1, 1, 1, generator=generator).to(target.device)
        between = (share * target + (1 - share) * estimate).requires_grad_(True)
        score = self.critic(between).sum()
        (gradient,) = torch.autograd.grad(score, between, create_graph=True)
        penalty: Tensor = ((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()
        return penalty

    def generator_loss(self, estimate: Slices) -> Tensor:
        """Return the adversarial term of the network's loss.

        Args:
            estimate: Estimates of the network, ``(b, 1, i, j)``.

        Returns:
            A scalar: minus the weighted mean score of the critic.
        """
        generator_loss: Tensor = -self.settings.weight * self.critic(estimate).mean()
        return generator_loss

    def state_dict(self) -> dict[str, Any]:
        """Return everything that a checkpoint needs.

        Returns:
            The states of the critic and of its optimiser.
        """
        return {"critic": self.critic.state_dict(), "optimiser": self.optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint.

        Args:
            state: A result of :meth:`state_dict`.
        """
        self.critic.load_state_dict(state["critic"])
        self.optimiser.load_state_dict(state["optimiser"])
