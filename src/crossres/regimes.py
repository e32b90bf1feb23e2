"""Regimes: what the loop learns from. External learning with a cascade, and supervised learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.cascade import Cascade, guide_at, point_spread, sharpen, stage_grids
from crossres.patches import RIGHT_ANGLES, Augmentation, SliceBank, build_bank
from crossres.physics import Acquisition, BackProjection, back_project
from crossres.training import TrainingSettings, train
from crossres.types import Progress, SettingsError
from crossres.volume import Grid

Slices = Float[Tensor, "n 1 i j"]
MakeNetwork = Callable[[], nn.Module]


@dataclass(frozen=True, eq=False)
class Example:
    """One subject's slices, normalised to about 0-1.

    Args:
        target: y, ``(n, 1, i, j)`` on the coarse grid.
        coarse: Its grid; slices lie along k.
        fine: The grid wanted in the end.
        guide: g, ``(n, 1, I, J)`` on the fine grid, or None.
    """

    target: Slices
    coarse: Grid
    fine: Grid
    guide: Slices | None = None


@dataclass(frozen=True, eq=False)
class DegradedPatches:
    """A batch: patches as targets, their simulated degradation as input (eq. 4)."""

    patches: Float[Tensor, "b c p p"]
    acquisition: Acquisition
    back_projection: BackProjection

    @property
    def target(self) -> Slices:
        """The patch itself."""
        return self.patches[:, :1]

    @property
    def guide(self) -> Slices | None:
        """The guide's patch, if there is a guide."""
        return self.patches[:, 1:] if self.patches.shape[1] > 1 else None

    @cached_property
    def degraded(self) -> Slices:
        """A y."""
        return self.acquisition.forward(self.target)

    @property
    def upsampled(self) -> Slices:
        """U A y."""
        return self.acquisition.upsample(self.degraded)

    def agree(self, estimate: Slices) -> Slices:
        """Back-project the estimate onto A y."""
        return back_project(self.acquisition, estimate, self.degraded, self.back_projection)


def patch_acquisition(size: int, factor: float) -> Acquisition:
    """Return the acquisition that coarsens a square patch by about ``factor``."""
    fine = Grid((size, size, 1), np.eye(4))
    return Acquisition(fine, fine.coarsened((factor, factor, 1)))


@dataclass(frozen=True)
class Learning:
    """What every regime shares: patches, their degradation, augmentation and the loop.

    Args:
        patch: Side of the square patches in pixels (the paper: 48 unsupervised, 64 supervised).
        batch: Patches per step (the paper: 32).
        augmentation: How patches are varied.
        rescale: Sizes to which the training images are also reduced, 1 the original (the paper:
            0.5 to 1.0).
        spread: Factors are drawn from factor^(1 - spread) to factor^(1 + spread); 0 for one factor.
        training: The loop's settings.
        back_projection: Between and after the stages, and in training.
        sharpening: Noise ratio of the sharpening of training images; 0 is the paper's way.

    Raises:
        SettingsError: A size below 1, or a scale outside 0-1.
    """

    patch: int = 48
    batch: int = 16
    augmentation: Augmentation = RIGHT_ANGLES
    rescale: tuple[float, ...] = (1.0,)
    spread: float = 0.0
    training: TrainingSettings = field(default_factory=TrainingSettings)
    back_projection: BackProjection = field(default_factory=BackProjection)
    sharpening: float = 0.0

    def __post_init__(self) -> None:
        if self.patch < 8 or self.batch < 1:
            raise SettingsError("patches need at least 8 pixels and a batch at least 1 patch")
        if not self.rescale or not all(0 < s <= 1 for s in self.rescale):
            raise SettingsError("rescale wants sizes above 0 and up to 1")

    def learn(
        self,
        network: nn.Module,
        bank: SliceBank,
        factor: float,
        *,
        checkpoint: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[nn.Module, list[float]]:
        """Train one network to undo a degradation by ``factor`` on the bank's slices."""
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        acquisitions = self._acquisitions(factor)
        bank = bank.to(next(network.parameters()).device)

        def draw(generator: torch.Generator) -> DegradedPatches:
            patches = bank.draw(self.batch, self.patch, self.augmentation, generator)
            chosen = int(torch.randint(len(acquisitions), (1,), generator=generator))
            return DegradedPatches(patches, acquisitions[chosen], self.back_projection)

        made = getattr(network, "settings", type(network).__name__)
        purpose = f"{made}, factor {factor:.4f}, slices {tuple(bank.slices.shape)}, {self}"
        return train(
            network, draw, self.training,
            purpose=purpose, checkpoint=checkpoint, progress=progress,
        )  # fmt: skip

    def _acquisitions(self, factor: float) -> list[Acquisition]:
        powers = np.linspace(1 - self.spread, 1 + self.spread, 7 if self.spread else 1)
        sizes = sorted({round(self.patch / factor**p) for p in powers})
        return [patch_acquisition(self.patch, self.patch / max(2, size)) for size in sizes]

    def bank(self, stacks: Sequence[tuple[Float[Tensor, "n c i j"], Grid]]) -> SliceBank:
        """Sharpen and rescale each subject's slices and gather them."""
        return build_bank([s for stack, grid in stacks for s in self._scales(stack, grid)])

    def _scales(self, stack: Float[Tensor, "n c i j"], grid: Grid) -> list[Tensor]:
        scaled = []
        for scale in self.rescale:
            smaller = grid if scale == 1 else grid.coarsened((1 / scale, 1 / scale, 1))
            image = stack if scale == 1 else Acquisition(grid, smaller).forward(stack)
            scaled.append(sharpen(image, smaller, self.sharpening))
        return scaled


def _stack(target: Slices, guide: Slices | None) -> Float[Tensor, "n c i j"]:
    return target if guide is None else torch.cat([target, guide], dim=1)


@dataclass(frozen=True)
class Supervised:
    """Learn from high-resolution references (eq. 1; with guides eq. 2).

    Args:
        learning: What every regime shares.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 1 and 2.
    """

    learning: Learning = field(default_factory=Learning)

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
        stacks = [(_stack(e.target, e.guide), e.fine) for e in references]
        network, losses = learning.learn(
            make(), learning.bank(stacks), factor,
            checkpoint=None if folder is None else folder / "stage-1.pt", progress=progress,
        )  # fmt: skip
        return Cascade((network,), factor, learning.back_projection, learning.sharpening), [losses]


def _total_factor(cohort: Sequence[Example]) -> float:
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
        shared: One network, learned on the real low-resolution images only, serves every stage;
            False retrains one per stage on the estimates of the stage before, the paper's way.

    Raises:
        SettingsError: Fewer than one stage.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 4 and section III-C (cascade).
    """

    learning: Learning = field(default_factory=Learning)
    stages: int = 1
    shared: bool = True

    def __post_init__(self) -> None:
        if self.stages < 1:
            raise SettingsError(f"a cascade needs at least 1 stage, got {self.stages}")

    def fit(
        self,
        make: MakeNetwork,
        cohort: Sequence[Example],
        *,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Cascade, list[list[float]]]:
        """Train on the cohort.

        Args:
            make: Gives a fresh network.
            cohort: Low-resolution examples; all of one factor.
            folder: Where each stage's checkpoint is kept and resumed from.
            progress: Told (step, steps) of each training.

        Returns:
            The cascade, and each stage's loss curve.

        Raises:
            SettingsError: No example, or one that does not get finer.
        """
        factor = _total_factor(cohort) ** (1 / self.stages)
        networks: list[nn.Module] = []
        curves: list[list[float]] = []
        current = [example.target for example in cohort]
        for stage in range(1 if self.shared else self.stages):
            if stage:
                last = self._cascade(networks[-1:], factor)
                both = zip(cohort, current, strict=True)
                current = [self._enlarge(last, example, y, stage) for example, y in both]
            checkpoint = None if folder is None else folder / f"stage-{stage + 1}.pt"
            network, losses = self.learning.learn(
                make(), self._bank(cohort, current, stage), factor,
                checkpoint=checkpoint, progress=progress,
            )  # fmt: skip
            networks.append(network)
            curves.append(losses)
        return self._cascade(networks, factor), curves

    def _cascade(self, networks: Sequence[nn.Module], factor: float) -> Cascade:
        learning = self.learning
        return Cascade(tuple(networks), factor, learning.back_projection, learning.sharpening)

    def _grid(self, example: Example, stage: int) -> Grid:
        """Return the grid on which this stage's targets live: the coarse one for the first."""
        grids = [example.coarse, *stage_grids(example.coarse, example.fine, self.stages)]
        return grids[stage]

    def _bank(self, cohort: Sequence[Example], current: Sequence[Slices], stage: int) -> SliceBank:
        stacks = []
        for example, target in zip(cohort, current, strict=True):
            grid = self._grid(example, stage)
            guide = example.guide
            if guide is not None and grid.shape != example.fine.shape:
                guide = Acquisition(example.fine, grid).forward(guide)
            stacks.append((_stack(target, guide), grid))
        return self.learning.bank(stacks)

    def _enlarge(self, cascade: Cascade, example: Example, target: Slices, stage: int) -> Slices:
        """Enlarge a training image by one stage with the network just learned."""
        coarse, fine = self._grid(example, stage - 1), self._grid(example, stage)
        guide = example.guide
        if guide is not None:
            guide = guide_at(guide, example.fine, fine, cascade.sharpening)
        estimate = cascade.enhance(target, guide, coarse, fine)
        return point_spread(fine).forward(estimate) if cascade.sharpening else estimate
