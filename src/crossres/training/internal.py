"""Internal training, on the test image alone, and internal after external training."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from crossres.inference import Cascade, Example
from crossres.training.base import Fitted, MakeNetwork, PatchTraining
from crossres.training.external import External
from crossres.types import Progress, SettingsError


@dataclass(frozen=True)
class Internal:
    """Train on the low-resolution test image alone ("zero-shot", eq. 3; guided: Model 2).

    The same as external training on a single example: the image to be enhanced.

    Args:
        learning: What every regime shares.
        stages: Stages of the cascade, at least 1.
        shared: One network for every stage; False retrains per stage.

    Raises:
        SettingsError: Fewer than one stage.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 3; Shocher 2018, arXiv 1712.06087.

    Example:
        >>> Internal(stages=2).external.stages
        2
    """

    learning: PatchTraining = field(default_factory=PatchTraining)
    stages: int = 1
    shared: bool = True

    def __post_init__(self) -> None:
        _ = self.external  # its checks are those of this class

    @property
    def external(self) -> External:
        """The same training on any number of examples."""
        return External(self.learning, self.stages, self.shared)

    def fit(
        self,
        make: MakeNetwork,
        image: Example,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        """Train on one subject's low-resolution slices.

        Args:
            make: Returns a new network.
            image: The low-resolution image to be enhanced, about 0-1.
            folder: Folder where each stage's checkpoint is kept and resumed from.
            progress: Called with (step, steps) of each training.

        Returns:
            The cascade, and each stage's loss curve.

        Raises:
            SettingsError: An image that does not get finer, or a checkpoint of another training.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.
        """
        return self.external.fit(make, [image], folder=folder, progress=progress)

    def adapt(
        self,
        cascade: Cascade,
        image: Example,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        """Continue from networks that were trained externally (the paper's future work).

        Args:
            cascade: The result of external training; it is left as it is.
            image: The low-resolution image to be enhanced, about 0-1.
            folder: Folder where checkpoints are kept and resumed from.
            progress: Called with (step, steps) of each training.

        Returns:
            The cascade, and each stage's loss curve.

        Raises:
            SettingsError: A cascade with another number of networks than this regime trains, an
                image that does not get finer, or a checkpoint of another training.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.

        References:
            Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section V.
        """
        required = 1 if self.shared else self.stages
        if len(cascade.networks) != required:
            raise SettingsError(
                f"`cascade` must hold {required} networks to continue from, got "
                f"{len(cascade.networks)}"
            )
        networks = iter(cascade.networks)

        def pretrained() -> nn.Module:
            return copy.deepcopy(next(networks)).requires_grad_(True)

        return self.fit(pretrained, image, folder=folder, progress=progress)
