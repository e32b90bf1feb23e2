"""External training of a cascade, from low-resolution images alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import nn

from crossres.checks import check_type, check_whole
from crossres.inference import Example
from crossres.inference.cascade import guide_at, point_spread
from crossres.inference.protocol import enhance_in_batches
from crossres.inference.stages import MOST_STAGES, stage_grids
from crossres.physics import Acquisition, BackProjection
from crossres.training.base import Fitted, MakeNetwork, PatchTraining, checkpoint_path, stack
from crossres.training.patches import SliceBank
from crossres.training.pseudo_targets import pseudo_targets
from crossres.types import AnySlices, Progress, SettingsError, Slices
from crossres.volume import Grid

ALIKE = 1.1
"""Ratio of the factors of scans up to which they count as one."""


def total_factor(examples: Sequence[Example]) -> float:
    """Return the factor from the examples' coarse grids to their fine ones.

    Args:
        examples: Low-resolution slices.

    Returns:
        The factor along the axis that gets finer most, above 1.

    Raises:
        SettingsError: No example, one that does not get finer, or factors that differ by over 10 %.
    """
    factors = [max(example.coarse.factors_to(example.fine)) for example in examples]
    if not factors or min(factors) <= 1 or max(factors) > ALIKE * min(factors):
        raise SettingsError(
            f"training needs scans that all become finer by one factor, got {factors}; choose one "
            "`factor` above 1 for all"
        )
    return factors[0]


@dataclass(frozen=True)
class External:
    """Train on low-resolution images, each the target of its own degradation (eq. 4).

    Args:
        learning: What every regime shares.
        stages: Stages of the cascade, 1 to 8 (the paper: 3); it may be used at twice the factor.
        shared: One network, trained at the scale below the low-resolution images, serves every
            stage; False, as in the paper, retrains one per stage on the estimates of the stage
            before.
        pseudo_targets: Whether each scan's local regression on its guide, on the grid that each
            stage leads to, is trained on too (:mod:`crossres.training.pseudo_targets`).

    Raises:
        SettingsError: Fewer than one stage, more than 8, or pseudo-targets where stages are
            retrained.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 4 and section III-C (cascade).

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from crossres.networks import GuidedRDN
        >>> from crossres.training.settings import TrainingSettings
        >>> coarse = Grid((16, 16, 2), np.eye(4))
        >>> fine = coarse.refined((2, 2, 1))
        >>> example = Example(torch.rand(2, 1, 16, 16), coarse, fine, torch.rand(2, 1, 32, 32))
        >>> learning = PatchTraining(patch=8, batch=2, training=TrainingSettings(steps=4, epoch=2))
        >>> network = lambda: GuidedRDN(blocks=1, layers=1, width=4)
        >>> cascade, curves = External(learning).fit(network, [example])
        >>> cascade.stage_factor, [len(curve) for curve in curves]
        (2.0, [2])
    """

    learning: PatchTraining = field(default_factory=PatchTraining)
    stages: int = 1
    shared: bool = True
    pseudo_targets: bool = False

    def __post_init__(self) -> None:
        check_type("learning", self.learning, PatchTraining)
        check_whole("stages", self.stages, most=MOST_STAGES // 2)
        check_type("shared", self.shared, bool)
        check_type("pseudo_targets", self.pseudo_targets, bool)
        if self.pseudo_targets and not self.shared:
            raise SettingsError(
                "`pseudo_targets` must be False where `shared` is, got True: retrained stages are "
                "trained on estimates"
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """The training images other than scans and simulated images, for the weight card."""
        return ("pseudo-targets made of them",) if self.pseudo_targets else ()

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
            examples: Low-resolution slices, about 0-1; all of one factor.
            simulated: Slices of simulated heads, each on its own grid (``coarse`` and ``fine``
                alike), of any spacing: they are not the result of a scan.
            folder: Folder where each stage's checkpoint is kept and resumed from.
            progress: Called with (step, steps) of each training.

        Returns:
            The cascade, and each stage's loss curve.

        Raises:
            SettingsError: No example, or one that does not get finer; simulated images where
                stages are retrained; a checkpoint of another training.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.
        """
        if simulated and not self.shared:
            raise SettingsError("retrained stages are trained on estimates: leave `simulated` out")
        factor = total_factor(examples) ** (1 / self.stages)
        networks: list[nn.Module] = []
        curves: list[list[float]] = []
        current = [example.target for example in examples]
        for stage in range(1 if self.shared else self.stages):
            if stage:
                current = self._enlarged(networks[-1], examples, current, stage, factor)
            network, losses = self.learning.train_network(
                make(), self._bank(examples, current, stage, simulated), factor,
                checkpoint=checkpoint_path(folder, stage + 1), progress=progress,
            )  # fmt: skip
            networks.append(network)
            curves.append(losses)
        return self.learning.cascade(networks, factor), curves

    def _grid(self, example: Example, stage: int) -> Grid:
        """Return the grid of this stage's targets: the coarse one for the first."""
        grids = [example.coarse, *stage_grids(example.coarse, example.fine, self.stages)]
        return grids[stage]

    def _bank(
        self,
        examples: Sequence[Example],
        current: Sequence[AnySlices],
        stage: int,
        simulated: Sequence[Example],
    ) -> SliceBank:
        stacks = [(stack(e.target, e.guide), e.fine, e.density) for e in simulated]
        if self.pseudo_targets:
            blurred = self.learning.deblur_noise > 0
            stacks += pseudo_targets(examples, self.stages, blurred=blurred)
        for example, target in zip(examples, current, strict=True):
            grid = self._grid(example, stage)
            guide = example.guide
            if guide is not None and grid.shape != example.fine.shape:
                guide = Acquisition(example.fine, grid).forward(guide)
            stacks.append((stack(target, guide), grid, example.density))
        return self.learning.bank(stacks)

    def _enlarged(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        current: Sequence[Slices],
        stage: int,
        factor: float,
    ) -> list[Slices]:
        """Return the training images, enlarged by one stage with the network just trained."""
        cascade = self.learning.cascade([network], factor)
        if not cascade.back_projection.between:
            cascade = replace(cascade, back_projection=BackProjection("none"))
        device = next(network.parameters()).device
        ready = cascade.ready(device)
        enlarged = []
        for example, target in zip(examples, current, strict=True):
            coarse, fine = self._grid(example, stage - 1), self._grid(example, stage)
            guide = None if example.guide is None else example.guide.to(device)
            if guide is not None:
                guide = guide_at(guide, example.fine, fine, ready.deblur_noise)
            estimate = enhance_in_batches(ready, target.to(device), guide, coarse, fine)
            estimate = point_spread(fine).forward(estimate) if ready.deblur_noise else estimate
            enlarged.append(estimate.to(target.device))
        return enlarged
