"""One training loop for every network and regime; it depends on neither scans nor regimes."""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor, nn

from crossres.training.adversary import Adversary
from crossres.training.checkpoint import (
    TrainingState,
    check_finite,
    check_moments,
    damage_explained,
    read_checkpoint,
    write_checkpoint,
)
from crossres.training.deadline import check_time
from crossres.training.identity import non_default
from crossres.training.losses import loss_function
from crossres.training.settings import TrainingSettings
from crossres.types import Progress, SettingsError, Slices

_LOGGER = logging.getLogger(__name__)


@runtime_checkable
class Batch(Protocol):
    """The training data of one step."""

    @property
    def upsampled(self) -> Slices:
        """U A y, the network's input, ``(b, 1, i, j)``."""

    @property
    def guide(self) -> Slices | None:
        """The guide on the same grid, ``(b, 1, i, j)``; None without one."""

    @property
    def target(self) -> Slices:
        """The image that the estimate is compared with, ``(b, 1, i, j)``."""

    def back_project(self, estimate: Slices) -> Slices:
        """Return the estimate, back-projected onto the degraded image it came from.

        Args:
            estimate: The network's output, ``(b, 1, i, j)``.

        Returns:
            ``(b, 1, i, j)``.
        """


Draw: TypeAlias = Callable[[torch.Generator], Batch]
"""Returns the next batch; the state of the generator decides which."""


@dataclass
class Training:
    """A training in progress: network, optimiser, averaged copy and random state.

    Args:
        network: Any network; trained in place on the device it is on.
        settings: Number of steps, learning rate and loss.
        purpose: What is trained on what, in words; a checkpoint is resumed for the same only.
        state: Steps done, learning rate and losses.
    """

    network: nn.Module
    settings: TrainingSettings
    purpose: str = ""
    state: TrainingState = field(default_factory=TrainingState)

    def __post_init__(self) -> None:
        self.state.rate = self.state.rate or self.settings.rate
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=self.settings.rate)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        self.generator = torch.Generator().manual_seed(self.settings.seed)
        self.adversary: Adversary | None = None
        if self.settings.adversarial is not None:
            device = next(self.network.parameters()).device
            self.adversary = Adversary(self.settings.adversarial, device)

    @property
    def done(self) -> bool:
        """Whether the steps are used up or the learning rate is below its floor."""
        settings = self.settings
        return self.state.step >= settings.steps or self.state.rate < settings.floor * 0.999

    def step(self, draw: Draw) -> Tensor:
        """Take one optimiser step.

        Args:
            draw: Returns the batch.

        Returns:
            The loss, a scalar; on a GPU without waiting for it.

        Raises:
            SettingsError: A loss that is no scalar.
        """
        loss = self._loss(draw(self.generator))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.step()
        self.state.step += 1
        self._average()
        detached: Tensor = loss.detach()
        return detached

    def _loss(self, batch: Batch) -> Tensor:
        estimate = self.network(batch.upsampled, batch.guide)
        if self.settings.agree:
            estimate = batch.back_project(estimate)
        loss = loss_function(self.settings.loss)(estimate, batch.target)
        if loss.ndim:
            shape = tuple(loss.shape)
            raise SettingsError(f"`loss` must return a scalar, got shape {shape}; take its mean")
        if self.adversary is not None:
            self.adversary.update(estimate, batch.target, self.generator)
            loss = loss + self.adversary.generator_loss(estimate)
        return loss

    def _rate(self) -> float:
        if self.settings.schedule == "plateau":
            return self.state.rate
        turn = math.cos(math.pi * self.state.step / self.settings.steps)
        return self.settings.floor + (self.settings.rate - self.settings.floor) * (1 + turn) / 2

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged copy; its memory grows with the steps, to forget the start."""
        decay = min(self.settings.averaging, self.state.step / (self.state.step + 10))
        own = self.network.state_dict()
        for name, value in self.averaged.state_dict().items():
            if self.settings.averaging and value.is_floating_point():
                value.lerp_(own[name], 1 - decay)
            else:
                value.copy_(own[name])

    def end_epoch(self, loss: float, seconds: float) -> None:
        """Record the epoch's mean loss and time, and let the plateau schedule act on the loss.

        Args:
            loss: Mean loss of the epoch.
            seconds: Duration of the epoch, s.
        """
        state = self.state
        state.seconds += seconds
        state.losses.append(loss)
        state.waited = 0 if loss < state.best else state.waited + 1
        state.best = min(loss, state.best)
        if self.settings.schedule == "plateau" and state.waited >= self.settings.patience:
            state.rate, state.waited = state.rate / 10, 0

    def save(self, path: Path) -> None:
        """Write a checkpoint; an interrupted write leaves the former one whole.

        Args:
            path: The file, made or replaced; its folder is made too.

        Raises:
            TrainingError: A weight is not finite.
            OutputWriteError: The folder is read-only, or the disk is full.
        """
        write_checkpoint(self.content(), path)

    def content(self) -> dict[str, Any]:
        """Return what a checkpoint holds.

        Returns:
            Settings, purpose, state, and the tensors of networks, optimisers and generator.
        """
        return {
            "settings": non_default(self.settings),
            "purpose": self.purpose,
            "state": asdict(self.state),
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "adversary": None if self.adversary is None else self.adversary.state_dict(),
        }

    def resume(self, path: Path) -> None:
        """Continue exactly where the checkpoint stood, on whatever device it was made.

        Args:
            path: A checkpoint that :meth:`save` wrote.

        Raises:
            SettingsError: The checkpoint was made with other settings or for another purpose, or
                is damaged.
        """
        content = read_checkpoint(path)
        with damage_explained(path):
            made_for = content["settings"], content["purpose"]
        if made_for != (non_default(self.settings), self.purpose):
            raise SettingsError(
                f"{path} was made with other settings; use the same, or another output folder"
            )
        with damage_explained(path):
            self._load(content)

    def _load(self, content: dict[str, Any]) -> None:
        """Take over the content of a checkpoint; any error means that it is damaged."""
        self.network.load_state_dict(content["network"])
        self.averaged.load_state_dict(content["averaged"])
        self.optimiser.load_state_dict(content["optimiser"])
        check_moments(self.optimiser)
        self.generator.set_state(content["generator"])
        if self.adversary is not None:
            self.adversary.load_state_dict(content["adversary"])
            check_moments(self.adversary.optimiser)
        self.state = TrainingState(**content["state"])


def train(
    network: nn.Module,
    draw: Draw,
    settings: TrainingSettings,
    *,
    purpose: str = "",
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> tuple[nn.Module, list[float]]:
    """Train a network and return its averaged weights in evaluation mode, with the loss curve.

    Under a ``deadline.time_limit`` a training with a checkpoint stops after the last epoch that
    fits, if the next takes as long.

    Args:
        network: Any network; trained in place on the device it is on.
        draw: Returns a batch for a random generator; the same state gives the same batch.
        settings: Number of steps, learning rate and loss.
        purpose: What is trained on what, in words; a checkpoint is resumed for the same only.
        checkpoint: File to resume from if it exists, and written after each epoch.
        progress: Called with (step, steps) after each step.

    Returns:
        The network with averaged weights, and the mean loss of each epoch.

    Raises:
        SettingsError: The checkpoint belongs to other settings or another purpose, or is damaged;
            or the loss is no scalar.
        TrainingError: The training has diverged; the checkpoint is that of the epoch before.
        OutOfTime: The limit came first; the checkpoint is resumed by the next call.
    """
    training = Training(network.train(), settings, purpose)
    if checkpoint is not None and checkpoint.exists():
        training.resume(checkpoint)
    took = 0.0
    while not training.done:
        if checkpoint is not None:
            check_time(took)
        start = time.perf_counter()
        loss = _epoch(training, draw, progress)
        check_finite([torch.tensor(loss), training.content()])
        training.end_epoch(loss, time.perf_counter() - start)
        state = training.state
        _LOGGER.info("step %d: loss %.5f, rate %.2g", state.step, loss, state.rate)
        if checkpoint is not None:
            training.save(checkpoint)
        took = time.perf_counter() - start
    return training.averaged.eval(), training.state.losses


def _epoch(training: Training, draw: Draw, progress: Progress | None) -> float:
    """Take the steps of one epoch and return their mean loss."""
    losses: list[Tensor] = []
    while len(losses) < training.settings.epoch and training.state.step < training.settings.steps:
        losses.append(training.step(draw))
        if progress is not None:
            progress(training.state.step, training.settings.steps)
    return sum(map(float, losses)) / len(losses)
