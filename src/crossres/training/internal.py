"""Internal learning, from the test image alone, and internal after external learning."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from crossres.inference import Cascade, Example
from crossres.training.base import MakeNetwork, PatchTraining
from crossres.training.external import External
from crossres.types import Progress, SettingsError


@dataclass(frozen=True)
class Internal:
    """Learn from the low-resolution test image alone ("zero-shot", eq. 3; guided: Model 2).

    The same as external learning from a cohort of one: the image to be sharpened.

    Args:
        learning: What every regime shares.
        stages: Stages of the cascade.
        shared: One network for every stage; False retrains per stage.

    Raises:
        SettingsError: Fewer than one stage.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 3; Shocher 2018, arXiv 1712.06087.
    """

    learning: PatchTraining = field(default_factory=PatchTraining)
    stages: int = 1
    shared: bool = True

    def __post_init__(self) -> None:
        External(self.learning, self.stages, self.shared)

    def fit(
        self,
        make: MakeNetwork,
        image: Example,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Cascade, list[list[float]]]:
        """Train on one subject's low-resolution slices; as :meth:`External.fit` otherwise."""
        regime = External(self.learning, self.stages, self.shared)
        return regime.fit(make, [image], folder=folder, progress=progress)

    def adapt(
        self,
        cascade: Cascade,
        image: Example,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Cascade, list[list[float]]]:
        """Go on from networks that learned externally (the paper's future work).

        Args:
            cascade: What external learning gave; it is left as it is.
            image: The low-resolution image to be sharpened.
            folder: Where checkpoints are kept.
            progress: Told (step, steps).

        Raises:
            SettingsError: A cascade with fewer networks than this regime trains.

        References:
            Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section V.
        """
        networks = iter(cascade.networks)

        def again() -> nn.Module:
            return copy.deepcopy(next(networks)).requires_grad_(True)

        self._check(cascade)
        return self.fit(again, image, folder=folder, progress=progress)

    def _check(self, cascade: Cascade) -> None:
        wanted = 1 if self.shared else self.stages
        if len(cascade.networks) != wanted:
            raise SettingsError(
                f"wanted a cascade of {wanted} networks to go on from, got {len(cascade.networks)}"
            )
