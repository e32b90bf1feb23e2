"""Settings of the training loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crossres.checks import check_choice, check_number, check_type, check_whole
from crossres.inference.settings import LARGEST_SEED
from crossres.training.adversary import Adversarial
from crossres.training.losses import Loss, LossName, loss_function


@dataclass(frozen=True)
class TrainingSettings:
    """Number of steps, learning rate and loss of the training loop.

    Args:
        steps: Optimiser steps at most, at least 1.
        rate: Learning rate of Adam at the start, above 0 (the paper's value is not reported; 1e-3
            is assumed).
        floor: Learning rate, above 0 and at most ``rate``: training stops when the plateau schedule
            would go below it; the cosine schedule ends there.
        schedule: "plateau" (the paper: divided by 10 when the loss has not fallen for ``patience``
            epochs), or "cosine" (for a known number of steps).
        patience: Epochs without a fall of the loss, at least 1.
        epoch: Steps per epoch, at least 1: the loss is averaged over an epoch, after which the
            schedule acts and the checkpoint is written.
        loss: "l1", "l2", or a function of estimate and target, both ``(b, 1, i, j)``, that returns
            a scalar.
        averaging: Decay of the moving average of the weights that is returned, from 0 to below 1; 0
            returns the last weights.
        agree: Whether the estimate is compared with the target after back-projection instead of
            before.
        adversarial: Settings of a critic that is trained beside the network, or None.
        seed: Seed of the drawing of patches and of the network's initial weights, 0 to 2^32 - 2.

    Raises:
        SettingsError: A value outside its range.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section IV (optimiser, schedule).

    Example:
        >>> TrainingSettings(steps=500, loss="l2").rate
        0.001
        >>> from torch.nn import functional
        >>> TrainingSettings(loss=functional.huber_loss).loss.__name__
        'huber_loss'
    """

    steps: int = 3000
    rate: float = 1e-3
    floor: float = 1e-6
    schedule: Literal["plateau", "cosine"] = "cosine"
    patience: int = 10
    epoch: int = 50
    loss: LossName | Loss = "l1"
    averaging: float = 0.995
    agree: bool = True
    adversarial: Adversarial | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "patience", "epoch"):
            check_whole(name, getattr(self, name))
        check_whole("seed", self.seed, least=0, most=LARGEST_SEED)
        check_number("rate", self.rate, above=True)
        check_number("floor", self.floor, 0, self.rate, above=True)
        check_number("averaging", self.averaging, 0, 1, below=True)
        check_choice("schedule", self.schedule, ("plateau", "cosine"))
        check_type("agree", self.agree, bool)
        loss_function(self.loss)
        if self.adversarial is not None:
            check_type("adversarial", self.adversarial, Adversarial)
