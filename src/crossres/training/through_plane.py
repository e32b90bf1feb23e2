"""Training on the in-plane detail of thick slices for a finer spacing across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from crossres.checks import check_type
from crossres.inference import Example
from crossres.training.base import Fitted, MakeNetwork, PatchTraining, checkpoint_path, stack
from crossres.training.external import total_factor
from crossres.types import Progress


@dataclass(frozen=True)
class ThroughPlane:
    """Train on thick slices, each the target of a degradation along one of its axes.

    A thick-sliced scan is fine in its plane. There it shows edges at the spacing that is required
    across the slices, so that one network is trained for the whole factor at the scale at which it
    will be used, and no cascade is needed. At inference it receives the slices that contain the
    coarse axis.

    Args:
        learning: What every regime shares; one axis of each patch is degraded.

    Raises:
        SettingsError: Another class of settings.

    References:
        Zhao 2021, doi 10.1109/TMI.2020.3037187 (SMORE: self super-resolution from the plane);
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 4 (the same, guided and external).

    Example:
        >>> ThroughPlane().learning.axes
        1
    """

    learning: PatchTraining = field(default_factory=lambda: PatchTraining(axes=1))
    stages: ClassVar[int] = 1
    sources: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_type("learning", self.learning, PatchTraining)

    def fit(
        self,
        make: MakeNetwork,
        examples: Sequence[Example],
        *,
        simulated: Sequence[Example] = (),
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        """Train on the examples.

        Args:
            make: Returns a new network.
            examples: Thick slices with their guides on the same grid
                (:func:`crossres.inference.plane_example`); all of one factor across.
            simulated: Other images to train on, each on its own grid.
            folder: Folder where the checkpoint is kept and resumed from.
            progress: Called with (step, steps).

        Returns:
            The cascade, and the loss curve.

        Raises:
            SettingsError: No example, factors that differ, or a checkpoint of another training.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.
        """
        factor = total_factor(examples)
        images = [*examples, *simulated]
        stacks = [(stack(e.target, e.guide), e.coarse, e.density) for e in images]
        network, losses = self.learning.train_network(
            make(), self.learning.bank(stacks), factor,
            checkpoint=checkpoint_path(folder), progress=progress,
        )  # fmt: skip
        return self.learning.cascade([network], factor), [losses]
