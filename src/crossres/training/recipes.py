"""Recipes by name: the default, the paper's, and that for thick slices."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from crossres.checks import check_choice, check_number, check_type, check_whole
from crossres.inference.stages import MOST_FACTOR
from crossres.physics import BackProjection
from crossres.training.base import PatchTraining
from crossres.training.external import External
from crossres.training.patches import PAPER, Augmentation
from crossres.training.plan import NetworkSettings, Recipe
from crossres.training.settings import TrainingSettings
from crossres.training.through_plane import ThroughPlane

STRUCTURES = 0.5
"""Share of guides, and of targets, with synthetic unshared structures in the default training."""
RecipeName: TypeAlias = Literal["default", "paper", "through-plane"]


def recipe(name: RecipeName, factor: float, *, guided: bool = True, steps: int = 3000) -> Recipe:
    """Return a recipe by name for a total factor.

    "default" has the best measured results: stages of factor 2 by one shared network on two scales,
    the exact projection, deblurred training images, pseudo-targets if guided, and synthetic
    unshared structures. "paper" is Iwamoto 2023: three stages, each retrained on the estimates of
    the last, one step of iterative back-projection at the end, its augmentation and plateau
    schedule. "through-plane" is for thick slices, of which one axis gets finer: one stage, trained
    on the in-plane detail, over a range of factors. All normalise by batch.

    Args:
        name: "default", "paper" or "through-plane".
        factor: The largest of the factors per axis, above 1 and at most 100.
        guided: With or without the guide.
        steps: Optimiser steps at most, per stage that is trained, at least 1.

    Returns:
        The recipe.

    Raises:
        SettingsError: An unknown name, or a value outside its range.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, sections III and IV ("paper").

    Example:
        >>> recipe("default", factor=4.0).regime.stages
        2
        >>> recipe("paper", factor=4.0).regime.learning.training.schedule
        'plateau'
    """
    check_choice("recipe", name, _RECIPES)
    check_number("factor", factor, 1, MOST_FACTOR, above=True)
    check_type("guided", guided, bool)
    check_whole("steps", steps)
    return _RECIPES[name](factor, guided, steps)


def _default(factor: float, guided: bool, steps: int) -> Recipe:
    stages = max(1, round(math.log2(factor)))
    learning = PatchTraining(
        patch=40, batch=8, training=TrainingSettings(steps=steps), deblur_noise=0.1,
        augmentation=Augmentation(structures=STRUCTURES),
    )  # fmt: skip
    regime = External(learning, stages, pseudo_targets=guided)
    return Recipe("two-scale-rdn", _two_scale(guided), regime)


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
        patch=48, batch=8, spread=0.2, axes=1, training=TrainingSettings(steps=steps),
        augmentation=Augmentation(guide_blur=factor, structures=STRUCTURES),
    )  # fmt: skip
    return Recipe("two-scale-rdn", _two_scale(guided), ThroughPlane(learning))


def _two_scale(guided: bool) -> NetworkSettings:
    sizes = {"fine": 32, "width": 32, "blocks": 4, "layers": 3, "fine_layers": 2}
    return {**sizes, "norm": "batch", "guided": guided}


_RECIPES = {"default": _default, "paper": _paper, "through-plane": _through_plane}
