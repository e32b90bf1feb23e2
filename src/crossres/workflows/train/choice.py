"""The recipe for a training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from crossres.training import Recipe, RecipeName, recipe
from crossres.training.base import PROFILES
from crossres.types import SettingsError
from crossres.workflows.train.training_set import TrainingSet


def choose_recipe(
    name: Literal["default", "paper"],
    training_set: TrainingSet,
    *,
    guided: bool,
    steps: int = 3000,
    stages: int | None = None,
    loss: Literal["l1", "l2"] | None = None,
    structures: float | None = None,
    added_noise: Sequence[float] = (0.0, 0.0),
    seed: int = 0,
) -> Recipe:
    """Return the recipe for a training set: "through-plane" where one axis gets finer.

    That one is trained on slices as thick, compared with their distance, as those of the scans.

    Args:
        name: "default" or "paper".
        training_set: The scans; their largest factor is the recipe's.
        guided: With or without the guide.
        steps: Optimiser steps per stage that is trained, at least 1.
        stages: Stages of the cascade; None for the recipe's.
        loss: "l1" or "l2"; None for the recipe's.
        structures: Share of guides, and of targets, with synthetic unshared structures, 0 to 1;
            None for the recipe's.
        added_noise: Least and largest standard deviation of the noise that is added to degraded
            patches, as shares of the intensity scale, 0 to 0.3.
        seed: Seed of the training, at least 0.

    Returns:
        The recipe.

    Raises:
        SettingsError: A value outside its range; stages or "paper" where one axis gets finer.
    """
    if training_set.across and (name == "paper" or stages is not None):
        raise SettingsError(
            "one axis gets finer: that is trained in one stage, on the detail in the plane; leave "
            "`stages` and `recipe` paper out"
        )
    chosen: RecipeName = "through-plane" if training_set.across else name
    plan = recipe(chosen, training_set.factor, guided=guided, steps=steps).with_training(seed=seed)
    plan = plan.with_learning(added_noise=tuple(added_noise))
    if training_set.across:
        least, most = np.clip(training_set.profile, *PROFILES).tolist()
        plan = plan.with_learning(profile=(least, most))
    if loss is not None:
        plan = plan.with_training(loss=loss)
    if stages is not None:
        plan = plan.with_stages(stages)
    return plan if structures is None else plan.with_augmentation(structures=structures)
