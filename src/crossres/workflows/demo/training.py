"""Training on the low-resolution scans of the phantoms."""

from __future__ import annotations

from dataclasses import replace

from crossres.io import find_cases
from crossres.training import Recipe, recipe
from crossres.types import Progress
from crossres.weights import save_weights
from crossres.workflows.demo.phantoms import FACTOR, Demonstration
from crossres.workflows.train import (
    CardEntries,
    Curves,
    draw_curve,
    fit_recipe,
    load_training_set,
    weight_card,
)


def small_recipe(demo: Demonstration) -> Recipe:
    """Return the default recipe with a network that trains within a minute on two cores.

    Args:
        demo: The settings.

    Returns:
        The recipe.
    """
    plan = recipe("default", FACTOR, steps=demo.steps).with_training(seed=demo.seed)
    # Phantoms show the same structures in both contrasts.
    plan = plan.with_augmentation(structures=0.0)
    return replace(
        plan, settings={**plan.settings, "blocks": 3, "fine": 16, "width": 16, "fine_layers": 0}
    )


def train_weights(demo: Demonstration, *, progress: Progress | None = None) -> Curves:
    """Train on the low-resolution scans, and write weights and loss curve.

    Args:
        demo: The settings.
        progress: Called with (steps done, total steps).

    Returns:
        The losses and scores of the training.

    Raises:
        OutputWriteError: A file cannot be written.
    """
    plan = small_recipe(demo)
    # An earlier run in this folder may have left more phantoms. None of them moved.
    cases = [case for case in find_cases(demo.cohort) if case.name in demo.names]
    cohort = load_training_set(cases, factor=(FACTOR, FACTOR, 1), register=False)
    cascade, curves = fit_recipe(
        cohort, plan, work=demo.checkpoints, device=demo.device, progress=progress
    )
    entries = CardEntries(
        name="demo", target="T2w", guide="T1w",
        data=f"{demo.subjects} digital phantoms", command="crossres demo", licence="Apache-2.0",
    )  # fmt: skip
    card = weight_card(cohort, plan, cascade, curves, entries)
    save_weights(cascade, card, demo.weights, overwrite=True)
    draw_curve(curves, demo.folder / "loss.png", overwrite=True)
    return curves
