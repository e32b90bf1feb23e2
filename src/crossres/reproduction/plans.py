"""Complete recipes: network, regime and settings, from a method and a budget."""

from __future__ import annotations

from dataclasses import replace

from crossres.reproduction.budgets import Budget
from crossres.reproduction.methods import Method
from crossres.training import External, NetworkSettings, PatchTraining, Recipe, recipe
from crossres.training.patches import RIGHT_ANGLES

GUIDABLE = ("guided-rdn", "recnn", "zssr")


def plan_of(method: Method, budget: Budget, factor: float) -> Recipe:
    """Return the recipe of a method that is trained.

    For "external-internal" it is that of the internal part. Supervised rows train one stage with
    right angles only, unsupervised ones use the paper's augmentation and rescaling. Everything else
    follows the budget.

    Args:
        method: The method; neither "bicubic" nor "regression".
        budget: Steps, batch, patches, schedule and sizes of networks.
        factor: Of both axes in the plane.

    Returns:
        The recipe.
    """
    if method.regime == "default":
        return _own(method, budget, factor)
    base = recipe("paper", factor, guided=method.guided, steps=_steps(method, budget))
    training = replace(
        base.regime.learning.training, loss=method.loss, schedule=budget.schedule,
        adversarial=budget.adversarial if method.adversarial else None,
        epoch=min(50, _steps(method, budget)), rate=_rate(method),
    )  # fmt: skip
    learning = replace(
        base.regime.learning, training=training, batch=budget.batch, patch=budget.patch,
        back_projection=replace(
            base.regime.learning.back_projection, kind=method.back_projection
        ),
    )  # fmt: skip
    learning = _supervised(learning, budget) if method.regime == "supervised" else learning
    regime = External(learning, method.stages, shared=False)
    return Recipe(method.network, _settings(method, budget), regime)


def _own(method: Method, budget: Budget, factor: float) -> Recipe:
    steps = budget.external_steps * method.effort
    plan = recipe("default", factor, guided=method.guided, steps=steps)
    learning = replace(
        plan.regime.learning, batch=budget.batch, patch=budget.patch, augmentation=RIGHT_ANGLES
    )
    regime = replace(plan.regime, learning=learning)
    # The network of the other rows and no more augmentation, so that the row compares trainings.
    plan = Recipe(method.network, _settings(method, budget), regime)
    return plan.with_training(epoch=min(50, steps), schedule=budget.schedule)


def _supervised(learning: PatchTraining, budget: Budget) -> PatchTraining:
    return replace(
        learning, patch=budget.supervised_patch, augmentation=RIGHT_ANGLES, rescale=(1.0,)
    )


def _steps(method: Method, budget: Budget) -> int:
    if method.regime == "supervised":
        return budget.supervised_steps
    return budget.internal_steps if method.per_subject else budget.external_steps


def _rate(method: Method) -> float:
    """Return the learning rate; it is lower where trained networks are trained further."""
    return 3e-4 if method.regime == "external-internal" else 1e-3


def _settings(method: Method, budget: Budget) -> NetworkSettings:
    guided: NetworkSettings = {"guided": method.guided} if method.network in GUIDABLE else {}
    norm: NetworkSettings = {"norm": "batch"} if method.network == "guided-rdn" else {}
    return {**norm, **budget.networks.get(method.network, {}), **guided}
