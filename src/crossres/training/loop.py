"""One training loop for every network and regime; it knows neither files nor regimes."""

from __future__ import annotations

import copy
import math
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.files import atomic
from crossres.training.adversary import Adversarial, Adversary
from crossres.training.deadline import check_time
from crossres.training.identity import non_default
from crossres.training.losses import LOSSES
from crossres.types import Progress, SettingsError

Image = Float[Tensor, "b 1 i j"]


class Batch(Protocol):
    """What one step learns from."""

    @property
    def upsampled(self) -> Image:
        """U A y, the network's input."""

    @property
    def guide(self) -> Image | None:
        """The guide on the same grid."""

    @property
    def target(self) -> Image:
        """What the estimate is compared with."""

    def agree(self, estimate: Image) -> Image:
        """Make the estimate agree with the degraded image it came from."""


Draw: TypeAlias = Callable[[torch.Generator], Batch]


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to learn.

    Args:
        steps: Optimiser steps at most.
        rate: Learning rate of Adam at the start (the paper's value is lost; 1e-3 is assumed).
        floor: Training stops when the plateau schedule would go below this rate; the cosine
            schedule ends there.
        schedule: "plateau" (the paper: divided by 10 when the loss has not fallen for ``patience``
            epochs), or "cosine" (for a known number of steps).
        patience: Epochs without a fall of the loss.
        epoch: Steps per epoch: the loss is averaged and the schedule and checkpoint act on it.
        loss: "l1" or "l2".
        averaging: Decay of the moving average of the weights that is returned; 0 returns the last.
        agree: Compare with the target after back-projection instead of before.
        adversarial: A critic that takes part, or None.
        seed: Seed of the drawing of patches.

    Raises:
        SettingsError: A number outside its range.
    """

    steps: int = 3000
    rate: float = 1e-3
    floor: float = 1e-6
    schedule: Literal["plateau", "cosine"] = "cosine"
    patience: int = 10
    epoch: int = 50
    loss: Literal["l1", "l2"] = "l1"
    averaging: float = 0.995
    agree: bool = True
    adversarial: Adversarial | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.epoch, self.patience) < 1:
            raise SettingsError("steps, epoch and patience must be at least 1")
        if not (0 < self.floor <= self.rate and 0 <= self.averaging < 1):
            raise SettingsError("wanted 0 < floor <= rate and 0 <= averaging < 1")
        if self.schedule not in ("plateau", "cosine") or self.loss not in LOSSES:
            raise SettingsError("schedule must be plateau or cosine, loss l1 or l2")


@dataclass
class TrainingState:
    """Where a training stands: everything a checkpoint needs beside the tensors."""

    step: int = 0
    rate: float = 0.0
    best: float = math.inf
    waited: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


@dataclass
class Training:
    """A training under way: network, optimiser, averaged copy, random state and progress."""

    network: nn.Module
    settings: TrainingSettings
    purpose: str = ""
    state: TrainingState = field(default_factory=TrainingState)

    def __post_init__(self) -> None:
        self.state.rate = self.state.rate or self.settings.rate
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=self.settings.rate)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        self.generator = torch.Generator().manual_seed(self.settings.seed)
        self.adversary = self._adversary()

    @property
    def done(self) -> bool:
        """Tell whether the steps are used up or the learning rate is below its floor."""
        settings = self.settings
        return self.state.step >= settings.steps or self.state.rate < settings.floor * 0.999

    def _adversary(self) -> Adversary | None:
        if self.settings.adversarial is None:
            return None
        return Adversary(self.settings.adversarial, next(self.network.parameters()).device)

    def step(self, draw: Draw) -> Tensor:
        """Take one optimiser step and return its loss, which on a GPU is still to come."""
        batch = draw(self.generator)
        estimate = self.network(batch.upsampled, batch.guide)
        if self.settings.agree:
            estimate = batch.agree(estimate)
        loss = LOSSES[self.settings.loss](estimate, batch.target)
        if self.adversary is not None:
            self.adversary.learn(estimate, batch.target, self.generator)
            loss = loss + self.adversary.generator_loss(estimate)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.step()
        self.state.step += 1
        self._average()
        detached: Tensor = loss.detach()
        return detached

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
        """Record the epoch's mean loss and time, and let the plateau schedule act on the loss."""
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
            OutputWriteError: The folder is read-only, or the disk is full.
        """
        content = {
            "settings": non_default(self.settings),
            "purpose": self.purpose,
            "state": asdict(self.state),
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "adversary": None if self.adversary is None else self.adversary.state_dict(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        # Given a path instead of a stream, torch writes the temporary name into the file.
        with atomic(path, overwrite=True) as temporary, temporary.open("wb") as stream:
            torch.save(content, stream)

    def resume(self, path: Path) -> None:
        """Continue exactly where the checkpoint stood, on whatever device it was made.

        Raises:
            SettingsError: The checkpoint was made with other settings or for another purpose, or
                is damaged.
        """
        content = _checkpoint(path)
        made_for = content.get("purpose", self.purpose)
        if content["settings"] != non_default(self.settings) or made_for != self.purpose:
            raise SettingsError(
                f"{path} was made with other settings; use the same, or another output folder"
            )
        self.network.load_state_dict(content["network"])
        self.averaged.load_state_dict(content["averaged"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.generator.set_state(content["generator"])
        if self.adversary is not None:
            self.adversary.load_state_dict(content["adversary"])
        self.state = TrainingState(**content["state"])


def _checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running any code in it.

    Into the memory of the CPU: networks and optimisers copy what they load to their own device, and
    leave on the CPU what they want there, the generator's state and Adam's counts of steps.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise SettingsError(f"{path} is damaged; remove it to learn from the start") from error
    return content


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
        draw: Gives a batch for a random generator; the same state gives the same batch.
        settings: How long and how fast.
        purpose: What is learned from what, in words; a checkpoint is resumed for the same only.
        checkpoint: File to resume from if it exists, and written after each epoch.
        progress: Told (step, steps) after each step.

    Returns:
        The network with averaged weights, and the mean loss of each epoch.

    Raises:
        SettingsError: The checkpoint belongs to other settings or another purpose, or is damaged.
        OutOfTime: The limit came first; the checkpoint goes on.
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
        training.end_epoch(loss, time.perf_counter() - start)
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
