"""External learning with a cascade, from low-resolution images alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from crossres.inference import Cascade, Example
from crossres.inference.cascade import guide_at, point_spread, stage_grids
from crossres.physics import Acquisition, BackProjection
from crossres.training.base import (
    MakeNetwork,
    PatchTraining,
    Slices,
    stack,
)
from crossres.training.patches import SliceBank
from crossres.training.pseudo_targets import pseudo_targets
from crossres.types import Progress, SettingsError
from crossres.volume import Grid


def total_factor(cohort: Sequence[Example]) -> float:
    """Return the factor from the examples' coarse grids to their fine ones."""
    factors = [max(example.coarse.factors_to(example.fine)) for example in cohort]
    if not factors or min(factors) <= 1 or max(factors) > 1.1 * min(factors):
        raise SettingsError(
            f"external learning needs scans that all become finer by one factor, got {factors}; "
            "ask for a factor above 1, the same for all"
        )
    return factors[0]


@dataclass(frozen=True)
class External:
    """Learn from a cohort of low-resolution images, each the target of its own degradation (eq. 4).

    Args:
        learning: What every regime shares.
        stages: Stages of the cascade (the paper: 3).
        shared: One network, learned at the scale below the low-resolution images, serves every
            stage; False retrains one per stage on the estimates of the stage before, the paper's
            way.
        pseudo_targets: Learn besides from each scan's local regression on its guide, on the grid
            that each stage leads to (``regimes.pseudo_targets``).

    Raises:
        SettingsError: Fewer than one stage, or pseudo-targets where stages are retrained.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 4 and section III-C (cascade).
    """

    learning: PatchTraining = field(default_factory=PatchTraining)
    stages: int = 1
    shared: bool = True
    pseudo_targets: bool = False

    def __post_init__(self) -> None:
        if self.stages < 1:
            raise SettingsError(f"a cascade needs at least 1 stage, got {self.stages}")
        if self.pseudo_targets and not self.shared:
            raise SettingsError("retrained stages learn from estimates: no pseudo-targets for them")

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
            cohort: Low-resolution examples; all of one factor.
            simulated: Images of simulated heads to learn from besides, each on its own grid
                (``coarse`` and ``fine`` alike), as fine as one likes: no scan is behind them.
            folder: Where each stage's checkpoint is kept and resumed from.
            progress: Told (step, steps) of each training.

        Returns:
            The cascade, and each stage's loss curve.

        Raises:
            SettingsError: No example, or one that does not get finer; simulated images where
                stages are retrained.
        """
        if simulated and not self.shared:
            raise SettingsError("retrained stages learn from estimates: leave simulated images out")
        factor = total_factor(cohort) ** (1 / self.stages)
        networks: list[nn.Module] = []
        curves: list[list[float]] = []
        current = [example.target for example in cohort]
        for stage in range(1 if self.shared else self.stages):
            if stage:
                device = next(networks[-1].parameters()).device
                last = self._stage(networks[-1], factor).ready(device)
                both = zip(cohort, current, strict=True)
                current = [self._enlarge(last, example, y, stage, device) for example, y in both]
            checkpoint = None if folder is None else folder / f"stage-{stage + 1}.pt"
            network, losses = self.learning.learn(
                make(), self._bank(cohort, current, stage, simulated), factor,
                checkpoint=checkpoint, progress=progress,
            )  # fmt: skip
            networks.append(network)
            curves.append(losses)
        return self.learning.cascade(networks, factor), curves

    def _stage(self, network: nn.Module, factor: float) -> Cascade:
        """Return the cascade that enlarges the cohort by one stage."""
        stage = self.learning.cascade([network], factor)
        between = stage.back_projection.between
        return stage if between else replace(stage, back_projection=BackProjection("none"))

    def _grid(self, example: Example, stage: int) -> Grid:
        """Return the grid on which this stage's targets live: the coarse one for the first."""
        grids = [example.coarse, *stage_grids(example.coarse, example.fine, self.stages)]
        return grids[stage]

    def _bank(
        self,
        cohort: Sequence[Example],
        current: Sequence[Slices],
        stage: int,
        simulated: Sequence[Example],
    ) -> SliceBank:
        stacks = [(stack(e.target, e.guide), e.fine, e.density) for e in simulated]
        if self.pseudo_targets:
            blurred = self.learning.deblur_noise > 0
            stacks += pseudo_targets(cohort, self.stages, blurred=blurred)
        for example, target in zip(cohort, current, strict=True):
            grid = self._grid(example, stage)
            guide = example.guide
            if guide is not None and grid.shape != example.fine.shape:
                guide = Acquisition(example.fine, grid).forward(guide)
            stacks.append((stack(target, guide), grid, example.density))
        return self.learning.bank(stacks)

    def _enlarge(
        self, cascade: Cascade, example: Example, target: Slices, stage: int, device: torch.device
    ) -> Slices:
        """Enlarge a training image by one stage with the network just learned, on its device."""
        coarse, fine = self._grid(example, stage - 1), self._grid(example, stage)
        guide = None if example.guide is None else example.guide.to(device)
        if guide is not None:
            guide = guide_at(guide, example.fine, fine, cascade.deblur_noise)
        estimate = cascade.enhance_in_batches(target.to(device), guide, coarse, fine)
        estimate = point_spread(fine).forward(estimate) if cascade.deblur_noise else estimate
        return estimate.to(target.device)
