"""What every regime shares: its interface, and the training of one network on patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.checks import check_choice, check_number, check_type, check_whole
from crossres.inference import Cascade, Example
from crossres.inference.cascade import deblur
from crossres.inference.noise import MOST
from crossres.physics import Acquisition, BackProjection
from crossres.physics.backprojection import MOST_NOISE
from crossres.training.degraded_patches import DegradedPatches, patch_acquisition
from crossres.training.identity import non_default
from crossres.training.loop import train
from crossres.training.patches import RIGHT_ANGLES, Augmentation, SliceBank, build_bank
from crossres.training.settings import TrainingSettings
from crossres.types import Progress, SettingsError, Slices, Stacked
from crossres.volume import Grid

MakeNetwork: TypeAlias = Callable[[], nn.Module]
"""Returns a new network; called once for each stage that is trained."""
Stack: TypeAlias = tuple[Float[Tensor, "_ c _ _"], Grid, float]
"""Slices of one subject, their grid, and the density of the patch centres in them."""
Fitted: TypeAlias = tuple[Cascade, list[list[float]]]
"""The cascade, and for each trained stage the mean loss of each epoch."""

PROFILES = (0.5, 2.0)
_WIDTHS = 5


@runtime_checkable
class Regime(Protocol):
    """What a network is trained on, and for which stages.

    A regime is a frozen dataclass, so that its fields identify its checkpoints.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def learning(self) -> PatchTraining:
        """Settings of patches, degradation and training loop."""

    @property
    def stages(self) -> int:
        """Number of stages of the cascade for the whole factor, at least 1."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The training images other than scans and simulated images, for the weight card."""

    def fit(
        self,
        make: MakeNetwork,
        examples: Sequence[Example],
        *,
        simulated: Sequence[Example] = (),
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        """Train a cascade.

        Args:
            make: Returns a new network on the device of the examples.
            examples: Low-resolution slices, about 0-1.
            simulated: Slices of simulated images, each on its own grid.
            folder: Folder of the checkpoints, from which training is resumed; None for none.
            progress: Called with (step, steps) of each stage that is trained.

        Returns:
            The cascade, and the loss curve of each trained stage.
        """


@dataclass(frozen=True)
class PatchTraining:
    """What every regime shares: patches, their degradation, augmentation and the loop.

    Args:
        patch: Side of the square patches in pixels, at least 8 (the paper: 48 unsupervised, 64
            supervised).
        batch: Patches per step, at least 1 (the paper: 32).
        augmentation: Random variation of the patches.
        rescale: Sizes to which the training images are also reduced, above 0 and up to 1, the
            original (the paper: 0.5 to 1.0).
        spread: Factors are drawn from factor^(1 - spread) to factor^(1 + spread); from 0, for one
            factor, to below 1.
        training: Settings of the loop.
        back_projection: Between and after the stages, and in training.
        deblur_noise: Noise ratio of the deblurring of training images, at least 0; 0, as in the
            paper, leaves them as they are.
        axes: 2 degrades both axes of a patch, 1 the first one only: for slices that are coarse
            along one axis.
        profile: Least and largest FWHM of the slice profile that is drawn, as multiples of the
            coarse spacing, 0.5 to 2, in order; below 1 there are gaps between slices, above 1 they
            overlap.
        added_noise: Least and largest standard deviation of the noise that is added to degraded
            patches, as shares of the intensity scale, 0 to 0.3, in order; one level is drawn for
            each batch.

    Raises:
        SettingsError: A value outside its range.

    Example:
        >>> PatchTraining(patch=40, training=TrainingSettings(steps=500)).training.steps
        500
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
    profile: tuple[float, float] = (1.0, 1.0)
    added_noise: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        check_whole("patch", self.patch, least=8)
        check_whole("batch", self.batch)
        check_type("augmentation", self.augmentation, Augmentation)
        check_type("rescale", self.rescale, tuple)
        if not self.rescale:
            raise SettingsError("`rescale` must hold at least one size, got none")
        for size in self.rescale:
            check_number("rescale", size, 0, 1, above=True)
        check_number("spread", self.spread, 0, 1, below=True)
        check_type("training", self.training, TrainingSettings)
        check_type("back_projection", self.back_projection, BackProjection)
        check_number("deblur_noise", self.deblur_noise, 0, MOST_NOISE)
        check_choice("axes", self.axes, (1, 2))
        _check_span("profile", self.profile, *PROFILES)
        _check_span("added_noise", self.added_noise, 0, MOST)

    def train_network(
        self,
        network: nn.Module,
        bank: SliceBank,
        factor: float,
        *,
        checkpoint: Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[nn.Module, list[float]]:
        """Train one network to undo a degradation by ``factor`` of the bank's slices.

        Args:
            network: The network; trained in place on the device it is on.
            bank: Slices to draw patches from.
            factor: Factor of the degradation, above 1.
            checkpoint: File to resume from if it exists, and written after each epoch.
            progress: Called with (step, steps).

        Returns:
            The network with averaged weights, and the mean loss of each epoch.

        Raises:
            SettingsError: The checkpoint belongs to another training, or is damaged; or the loss is
                no scalar.
            OutOfTime: A time limit came first.
        """
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        acquisitions = self._acquisitions(factor)
        bank = bank.to(next(network.parameters()).device)

        def draw(generator: torch.Generator) -> DegradedPatches:
            patches = bank.draw(self.batch, self.patch, self.augmentation, generator)
            chosen = int(torch.randint(len(acquisitions), (1,), generator=generator))
            batch = DegradedPatches(patches, acquisitions[chosen], self.back_projection)
            return batch.with_noise(self.added_noise, generator)

        kind = type(network)
        made = getattr(network, "settings", f"{kind.__module__}.{kind.__qualname__}")
        shape, settings = tuple(bank.slices.shape), non_default(self)
        purpose = f"{made}, factor {factor:.4f}, slices {shape}, {settings}"
        return train(
            network, draw, self.training,
            purpose=purpose, checkpoint=checkpoint, progress=progress,
        )  # fmt: skip

    def _acquisitions(self, factor: float) -> list[Acquisition]:
        powers = np.linspace(1 - self.spread, 1 + self.spread, 7 if self.spread else 1)
        sizes = sorted({round(self.patch / factor**p) for p in powers})
        factors = [self.patch / max(2, size) for size in sizes]
        least, most = self.profile
        widths = np.linspace(least, most, _WIDTHS if most > least else 1).tolist()
        return [
            patch_acquisition(self.patch, factor, axes=self.axes, profile=width)
            for factor, width in product(factors, widths)
        ]

    def cascade(self, networks: Sequence[nn.Module], factor: float) -> Cascade:
        """Return the cascade of networks that were trained with these settings.

        Args:
            networks: One, or one per stage.
            factor: Factor of one stage, above 1.

        Returns:
            The cascade.
        """
        return Cascade(
            tuple(networks), factor, self.back_projection, self.deblur_noise, axes=self.axes
        )

    def bank(self, stacks: Sequence[Stack]) -> SliceBank:
        """Deblur and rescale each subject's slices and put them into one bank.

        Args:
            stacks: Per subject: slices ``(n, c, i, j)``, their grid, density of patch centres.

        Returns:
            The bank.

        Raises:
            VolumeError: Nothing but background.
        """
        images, densities = [], []
        for (slices, grid, density), scale in product(stacks, self.rescale):
            smaller = grid if scale == 1 else grid.coarsened((1 / scale, 1 / scale, 1))
            image = slices if scale == 1 else Acquisition(grid, smaller).forward(slices)
            images.append(deblur(image, smaller, self.deblur_noise))
            densities.append(density)
        return build_bank(images, densities=densities)


def _check_span(name: str, span: tuple[float, float], low: float, high: float) -> None:
    """Refuse anything but two numbers in order within a range."""
    check_type(name, span, tuple)
    if len(span) != 2:
        raise SettingsError(f"`{name}` must hold the least and the largest number, got {span}")
    least, most = span
    check_number(name, least, low, high)
    check_number(name, most, least, high)


def stack(target: Slices, guide: Slices | None) -> Stacked:
    """Return target and guide as two channels.

    Args:
        target: ``(n, 1, i, j)``.
        guide: ``(n, 1, i, j)`` on the same grid, or None.

    Returns:
        ``(n, 2, i, j)``, or the target without a guide.
    """
    return target if guide is None else torch.cat([target, guide], dim=1)


def checkpoint_path(folder: Path | None, stage: int = 1) -> Path | None:
    """Return the file of a stage's checkpoint.

    Args:
        folder: Folder of the checkpoints, or None.
        stage: Number of the stage, from 1.

    Returns:
        The path; None without a folder.
    """
    return None if folder is None else folder / f"stage-{stage}.pt"
