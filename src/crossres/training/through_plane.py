"""Learning from the detail in the plane of thick slices to sharpen across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from crossres.inference import Cascade, Example
from crossres.training.base import MakeNetwork, PatchTraining, stack
from crossres.training.external import total_factor
from crossres.types import Progress


@dataclass(frozen=True)
class ThroughPlane:
    """Learn from a cohort of thick slices, each the target of a degradation along one of its axes.

    A thick-sliced scan is fine in its plane. There it shows what edges look like at the spacing
    that is wanted across, so that one network learns the whole factor at the very scale it will be
    used at, and no cascade is needed. In use it is given the slices that contain the coarse axis.

    Args:
        learning: What every regime shares; one axis of each patch is degraded.

    References:
        Zhao 2021, doi 10.1109/TMI.2020.3037187 (SMORE: self super-resolution from the plane);
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 4 (the same, guided and external).
    """

    learning: PatchTraining = field(default_factory=lambda: PatchTraining(axes=1))
    stages: ClassVar[int] = 1

    def fit(
        self,
        make: MakeNetwork,
        cohort: Sequence[Example],
        *,
        simulated: Sequence[Example] = (),
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Cascade, list[list[float]]]:
        """Train on the cohort.

        Args:
            make: Gives a fresh network.
            cohort: Thick slices and what guides show of them (``datasets.plane_example``); all of
                one factor across.
            simulated: Other images to learn from, each on its own grid.
            folder: Where the checkpoint is kept and resumed from.
            progress: Told (step, steps).

        Returns:
            The cascade, and the loss curve.

        Raises:
            SettingsError: No example, or factors that differ.
        """
        factor = total_factor(cohort)
        examples = [*cohort, *simulated]
        stacks = [(stack(e.target, e.guide), e.coarse, e.density) for e in examples]
        bank = self.learning.bank(stacks)
        checkpoint = None if folder is None else folder / "stage-1.pt"
        network, losses = self.learning.learn(
            make(), bank, factor, checkpoint=checkpoint, progress=progress
        )
        return self.learning.cascade([network], factor), [losses]
