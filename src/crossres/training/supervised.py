"""Supervised training, from high-resolution references: the upper bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossres.checks import check_type
from crossres.inference import Example
from crossres.training.base import Fitted, MakeNetwork, PatchTraining, checkpoint_path, stack
from crossres.types import Progress


@dataclass(frozen=True)
class Supervised:
    """Train on high-resolution references (eq. 1; with guides eq. 2).

    Args:
        learning: What every regime shares.

    Raises:
        SettingsError: Another class of settings.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 1 and 2.

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from crossres.networks import GuidedRDN
        >>> from crossres.training.settings import TrainingSettings
        >>> from crossres.volume import Grid
        >>> fine = Grid((32, 32, 2), np.eye(4))
        >>> reference = Example(torch.rand(2, 1, 32, 32), fine, fine, torch.rand(2, 1, 32, 32))
        >>> learning = PatchTraining(patch=8, batch=2, training=TrainingSettings(steps=4, epoch=2))
        >>> network = lambda: GuidedRDN(blocks=1, layers=1, width=4)
        >>> cascade, curves = Supervised(learning).fit(network, [reference], factor=2.0)
        >>> [len(curve) for curve in curves]
        [2]
    """

    learning: PatchTraining = field(default_factory=PatchTraining)

    def __post_init__(self) -> None:
        check_type("learning", self.learning, PatchTraining)

    def fit(
        self,
        make: MakeNetwork,
        references: Sequence[Example],
        factor: float,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        """Train one stage from references.

        Args:
            make: Returns a new network.
            references: Examples whose target is already on the fine grid, about 0-1.
            factor: Factor of the stage, above 1.
            folder: Folder where the checkpoint is kept and resumed from.
            progress: Called with (step, steps).

        Returns:
            The cascade, and the loss curve.

        Raises:
            SettingsError: A checkpoint of another training.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.
        """
        learning = self.learning
        stacks = [(stack(e.target, e.guide), e.fine, e.density) for e in references]
        network, losses = learning.train_network(
            make(), learning.bank(stacks), factor,
            checkpoint=checkpoint_path(folder), progress=progress,
        )  # fmt: skip
        return learning.cascade((network,), factor), [losses]
