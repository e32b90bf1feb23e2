"""Supervised learning, from high-resolution references: the upper bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossres.inference import Cascade, Example
from crossres.training.base import MakeNetwork, PatchTraining, stack
from crossres.types import Progress


@dataclass(frozen=True)
class Supervised:
    """Learn from high-resolution references (eq. 1; with guides eq. 2).

    Args:
        learning: What every regime shares.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 1 and 2.
    """

    learning: PatchTraining = field(default_factory=PatchTraining)

    def fit(
        self,
        make: MakeNetwork,
        references: Sequence[Example],
        factor: float,
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Cascade, list[list[float]]]:
        """Train one stage from references: examples whose target is already on the fine grid."""
        learning = self.learning
        stacks = [(stack(e.target, e.guide), e.fine, e.density) for e in references]
        network, losses = learning.learn(
            make(), learning.bank(stacks), factor,
            checkpoint=None if folder is None else folder / "stage-1.pt", progress=progress,
        )  # fmt: skip
        return learning.cascade((network,), factor), [losses]
