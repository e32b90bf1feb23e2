"""Recipes: a network and a way to learn, complete and by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor, nn

from crossres.inference import Cascade
from crossres.networks import NETWORKS
from crossres.physics import BackProjection
from crossres.training.base import PatchTraining
from crossres.training.external import External
from crossres.training.loop import TrainingSettings
from crossres.training.patches import PAPER, Augmentation
from crossres.training.supervised import Supervised
from crossres.training.through_plane import ThroughPlane
from crossres.types import SettingsError

STRUCTURES = 0.5
"""Share of guides, and of targets, that structures are drawn into where a guide may mislead."""
RecipeName = Literal["default", "paper", "through-plane"]
NetworkSettings = dict[str, int | bool | str]


@dataclass(frozen=True)
class Recipe:
    """A network and a regime.

    Args:
        network: Key in ``NETWORKS``.
        settings: The network's constructor arguments.
        regime: How it learns.
    """

    network: str
    settings: NetworkSettings
    regime: External | ThroughPlane = field(default_factory=External)

    def make(self) -> nn.Module:
        """Return a fresh network, its start drawn from the training's seed."""
        torch.manual_seed(self.regime.learning.training.seed)
        return NETWORKS[self.network](**self.settings)

    def cascade(self, networks: Sequence[nn.Module], factor: float) -> Cascade:
        """Return the cascade that networks of this recipe make for a total factor."""
        return self.regime.learning.cascade(networks, factor ** (1 / self.regime.stages))

    def restored(self, states: Sequence[dict[str, Tensor]], factor: float) -> Cascade:
        """Return the cascade of networks whose states were kept."""
        networks = [self.make().eval().requires_grad_(False) for _ in states]
        for network, state in zip(networks, states, strict=True):
            network.load_state_dict(state)
        return self.cascade(networks, factor)

    @property
    def supervised(self) -> Supervised:
        """The same learning from references (eq. 1, 2), which are what is wanted, as they are."""
        return Supervised(replace(self.regime.learning, deblur_noise=0.0))

    def with_training(self, **changes: int | float | str | bool) -> Recipe:
        """Return the recipe with some of its training settings changed."""
        learning = self.regime.learning
        training = replace(learning.training, **changes)  # type: ignore[arg-type]
        return self._with(replace(learning, training=training))

    def with_augmentation(self, **changes: float) -> Recipe:
        """Return the recipe with patches varied in other ways, besides how they are now."""
        learning = self.regime.learning
        augmentation = replace(learning.augmentation, **changes)  # type: ignore[arg-type]
        return self._with(replace(learning, augmentation=augmentation))

    def _with(self, learning: PatchTraining) -> Recipe:
        return replace(self, regime=replace(self.regime, learning=learning))


def recipe(name: RecipeName, factor: float, *, guided: bool = True, steps: int = 3000) -> Recipe:
    """Return a recipe by name for a total factor.

    "default" is what measured best (docs/experiments.md): stages of factor 2 by one shared network,
    the exact projection, training images sharpened, pseudo-targets if guided. "paper" is Iwamoto
    2023: three stages, each retrained on the estimates of the last, one step of iterative back-
    projection in the end, its augmentation and plateau schedule. "through-plane" is for thick
    slices, of which one axis is to get finer: one stage, learned from the detail in the plane, over
    a range of factors. All normalise by batch.

    Args:
        name: "default", "paper" or "through-plane".
        factor: The largest of the factors per axis.
        guided: With or without the guide.
        steps: Optimiser steps at most, per stage that is trained.

    Raises:
        SettingsError: An unknown name, or a factor not above 1.
    """
    if name not in _RECIPES or factor <= 1:
        raise SettingsError(
            f"wanted a recipe of {', '.join(_RECIPES)} and a factor above 1, got {name!r}, {factor}"
        )
    return _RECIPES[name](factor, guided, steps)


def _default(factor: float, guided: bool, steps: int) -> Recipe:
    stages = max(1, round(math.log2(factor)))
    learning = PatchTraining(
        patch=40, batch=8, training=TrainingSettings(steps=steps), deblur_noise=0.1
    )
    settings: NetworkSettings = {
        "blocks": 4, "layers": 3, "width": 24, "norm": "batch", "guided": guided,
    }  # fmt: skip
    return Recipe("guided-rdn", settings, External(learning, stages, pseudo_targets=guided))


def _paper(factor: float, guided: bool, steps: int) -> Recipe:
    training = TrainingSettings(steps=steps, schedule="plateau", averaging=0.0, agree=False)
    learning = PatchTraining(
        patch=48, batch=32, augmentation=PAPER, rescale=(1.0, 0.9, 0.8, 0.7, 0.6, 0.5),
        training=training, back_projection=BackProjection("iterative", between=False),
    )  # fmt: skip
    settings: NetworkSettings = {"width": 32, "norm": "batch", "guided": guided}
    return Recipe("guided-rdn", settings, External(learning, stages=3, shared=False))


def _through_plane(factor: float, guided: bool, steps: int) -> Recipe:
    learning = PatchTraining(
        patch=48, batch=8, augmentation=Augmentation(guide_blur=factor), spread=0.2, axes=1,
        training=TrainingSettings(steps=steps),
    )  # fmt: skip
    settings: NetworkSettings = {
        "blocks": 4, "layers": 3, "width": 16, "norm": "batch", "guided": guided,
    }  # fmt: skip
    return Recipe("guided-rdn", settings, ThroughPlane(learning))


_RECIPES = {"default": _default, "paper": _paper, "through-plane": _through_plane}
