"""Changes of a recipe that combine, and the validation subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crossres.training import Recipe

VALIDATION = ("sub-03", "sub-07", "sub-11")
"""Validation subjects: neither in the training set nor in the test set of fold 1."""
Change = Callable[[Recipe], Recipe]


def network(**changes: int | bool | str) -> Change:
    """Return a change of the network's settings."""
    return lambda plan: replace(plan, settings={**plan.settings, **changes})


def with_network(name: str, **settings: int | bool | str) -> Change:
    """Return a change to another network of ``NETWORKS``, guided or not as before."""

    def change(plan: Recipe) -> Recipe:
        return replace(plan, network=name, settings={"guided": plan.settings["guided"], **settings})

    return change


def learning(**changes: object) -> Change:
    """Return a change of the settings that every regime shares."""
    return lambda plan: replace(
        plan,
        regime=replace(plan.regime, learning=replace(plan.regime.learning, **changes)),  # type: ignore[arg-type]
    )


def varied(**changes: float) -> Change:
    """Return a change of the augmentation."""
    return lambda plan: plan.with_augmentation(**changes)


def regime(**changes: object) -> Change:
    """Return a change of the regime: stages, or whether one network serves them all."""
    return lambda plan: replace(plan, regime=replace(plan.regime, **changes))


def training(**changes: int | float | str | bool) -> Change:
    """Return a change of the loop's settings."""
    return lambda plan: plan.with_training(**changes)


PSEUDO_TARGETS = regime(pseudo_targets=True)
"""With pseudo-targets, for unguided networks too: their examples then need guides."""
SCANS_ALONE = regime(pseudo_targets=False)
"""Without pseudo-targets, as in the measurements before they were introduced."""
FITTING_BLUR = learning(deblur_noise=0.1)
"""Deblurred training images, as in the default recipe."""
