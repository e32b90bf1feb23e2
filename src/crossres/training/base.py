"""What every regime shares: examples, patches beside their degradation, one training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.inference import Cascade
from crossres.inference.cascade import deblur
from crossres.physics import Acquisition, BackProjection, back_project
from crossres.training.identity import non_default
from crossres.training.loop import TrainingSettings, train
from crossres.training.patches import (
    RIGHT_ANGLES,
    Augmentation,
    SliceBank,
    build_bank,
)
from crossres.types import Progress, SettingsError
from crossres.volume import Grid

Slices = Float[Tensor, "n 1 i j"]
MakeNetwork = Callable[[], nn.Module]
Stack = tuple[Float[Tensor, "n c i j"], Grid, float]
"""Slices of one subject, their grid, and the density of the places in them."""


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


def patch_acquisition(size: int, factor: float, *, axes: int = 2) -> Acquisition:
    """Return the acquisition that coarsens a square patch by about ``factor``.

    Along both of its axes, or with ``axes`` = 1 along the first one only.
    """
    fine = Grid((size, size, 1), np.eye(4))
    return Acquisition(fine, fine.coarsened((factor, factor if axes == 2 else 1, 1)))


@dataclass(frozen=True)
class PatchTraining:
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
        axes: 2 degrades both axes of a patch, 1 the first one only: for slices that are coarse
            along one axis.

    Raises:
        SettingsError: A size below 1, a scale outside 0-1, or neither one axis nor two.
    """

    patch: int = 48
    batch: int = 16
    augmentation: Augmentation = RIGHT_ANGLES
    rescale: tuple[float, ...] = (1.0,)
    spread: float = 0.0
    training: TrainingSettings = field(default_factory=TrainingSettings)
    back_projection: BackProjection = field(default_factory=BackProjection)
    deblur_noise: float = 0.0
    axes: int = 2

    def __post_init__(self) -> None:
        if self.patch < 8 or self.batch < 1:
            raise SettingsError("patches need at least 8 pixels and a batch at least 1 patch")
        if not self.rescale or not all(0 < s <= 1 for s in self.rescale):
            raise SettingsError("rescale wants sizes above 0 and up to 1")
        if self.axes not in (1, 2):
            raise SettingsError(f"one axis of a patch is degraded or both, got {self.axes}")

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
        seen, asked = tuple(bank.slices.shape), non_default(self)
        purpose = f"{made}, factor {factor:.4f}, slices {seen}, {asked}"
        return train(
            network, draw, self.training,
            purpose=purpose, checkpoint=checkpoint, progress=progress,
        )  # fmt: skip

    def _acquisitions(self, factor: float) -> list[Acquisition]:
        powers = np.linspace(1 - self.spread, 1 + self.spread, 7 if self.spread else 1)
        sizes = sorted({round(self.patch / factor**p) for p in powers})
        factors = [self.patch / max(2, size) for size in sizes]
        return [patch_acquisition(self.patch, factor, axes=self.axes) for factor in factors]

    def cascade(self, networks: Sequence[nn.Module], factor: float) -> Cascade:
        """Return the cascade of networks that learned a stage of ``factor`` in this way."""
        return Cascade(
            tuple(networks), factor, self.back_projection, self.deblur_noise, axes=self.axes
        )

    def bank(self, stacks: Sequence[Stack]) -> SliceBank:
        """Sharpen and rescale each subject's slices and gather them."""
        scaled = [(s, d) for stack, grid, d in stacks for s in self._scales(stack, grid)]
        return build_bank([s for s, _ in scaled], densities=[d for _, d in scaled])

    def _scales(self, stack: Float[Tensor, "n c i j"], grid: Grid) -> list[Tensor]:
        scaled = []
        for scale in self.rescale:
            smaller = grid if scale == 1 else grid.coarsened((1 / scale, 1 / scale, 1))
            image = stack if scale == 1 else Acquisition(grid, smaller).forward(stack)
            scaled.append(deblur(image, smaller, self.deblur_noise))
        return scaled


def stack(target: Slices, guide: Slices | None) -> Float[Tensor, "n c i j"]:
    """Put the guide beside its target as a second channel."""
    return target if guide is None else torch.cat([target, guide], dim=1)
