"""The trials of the shortfall study: single changes, a ladder to the default, bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studies.changes import (
    FITTING_BLUR,
    SCANS_ALONE,
    Change,
    learning,
    network,
    regime,
    training,
)

from crossres.physics import BackProjection
from crossres.reproduction import Budget, budget
from crossres.reproduction.methods import DEFAULT, PROPOSED, Method
from crossres.reproduction.plans import plan_of
from crossres.reproduction.units import key_of
from crossres.training import Recipe
from crossres.training.identity import non_default
from crossres.types import SettingsError

BASE = "proposed"
"""Name of the trial that the others are compared with."""
LADDER = "ladder"
SUPERVISED = Method("supervised", guided=True)
PLATEAU = training(schedule="plateau", steps=budget("full").external_steps)
"""The paper's schedule: the learning rate falls on plateaus of the loss, down to its floor."""
EVERY = 8
"""Train on, and score, every n-th axial slice."""


@dataclass(frozen=True)
class Trial:
    """One training.

    Args:
        plan: The recipe.
        subjects: Number of training subjects; None for all.
        every: Train on every n-th axial slice.
        truth: Each stage is trained on references, as scans at its own scale, instead of on
            estimates. No low-resolution scan has them: an upper bound.
        self_ensemble: Average over the self-ensemble.
        unguided: An unguided trial, blended with this one.
    """

    plan: Recipe
    subjects: int | None = None
    every: int = EVERY
    truth: bool = False
    self_ensemble: bool = False
    unguided: Trial | None = None

    @property
    def address(self) -> str:
        """Address of its training; trials that share it train once."""
        return key_of(non_default(replace(self, self_ensemble=False, unguided=None)))

    @property
    def guided(self) -> bool:
        """Whether the networks use the guide."""
        return bool(self.plan.settings["guided"])

    def seeded(self, seed: int) -> Trial:
        """Return the trial with another seed."""
        unguided = None if self.unguided is None else self.unguided.seeded(seed)
        return replace(self, plan=training(seed=seed)(self.plan), unguided=unguided)


def trials(factor: int, spent: Budget) -> dict[str, Trial]:
    """Return every trial at a factor by name; those of the ladder begin with its name."""
    proposed = plan_of(PROPOSED, spent, factor)
    return {
        BASE: Trial(proposed),
        **{name: Trial(change(proposed)) for name, change in _changes(spent).items()},
        **_plateaus(proposed),
        "4 subjects": Trial(proposed, subjects=4),
        "every 2nd slice": Trial(proposed, every=2),
        "true images": Trial(proposed, truth=True),
        "true images and fitting blur": Trial(FITTING_BLUR(proposed), truth=True),
        **_references(factor, spent),
        **_ladder(proposed, factor, spent),
        **_default_changed(factor, spent),
    }


def _references(factor: int, spent: Budget) -> dict[str, Trial]:
    """Return the upper bound: the network of Table I, also with the steps of the ladder."""
    plan = plan_of(SUPERVISED, spent, factor)
    longer = training(steps=PROPOSED.stages * spent.external_steps)(plan)
    return {
        "references": Trial(plan, truth=True),
        "references as long": Trial(longer, truth=True),
        "references as long and 8 positions": Trial(longer, truth=True, self_ensemble=True),
        "references and plateau schedule": Trial(PLATEAU(plan), truth=True),
        "references as long without guide": Trial(network(guided=False)(longer), truth=True),
    }


def _changes(spent: Budget) -> dict[str, Change]:
    """Return single changes of the recipe."""
    steps, shared = spent.external_steps, regime(shared=True)
    width = int(spent.networks["guided-rdn"]["width"])
    return {
        "3x steps": training(steps=3 * steps),
        "9x steps": training(steps=9 * steps),
        "4x patches a step": learning(batch=4 * spent.batch),
        "half the filters": network(width=width // 2),
        "twice the filters": network(width=2 * width),
        "fitting blur": FITTING_BLUR,
        "exact projection": learning(back_projection=BackProjection()),
        "one network for all stages": shared,
        "one network and 3x steps": lambda plan: shared(training(steps=3 * steps)(plan)),
        "one network and 9x steps": lambda plan: shared(training(steps=9 * steps)(plan)),
    }


def _plateaus(proposed: Recipe) -> dict[str, Trial]:
    """Return the paper's schedule, on few slices and on all as in the paper."""
    changed = {
        "plateau schedule": PLATEAU(proposed),
        "one network and plateau schedule": regime(shared=True)(PLATEAU(proposed)),
    }
    few = {name: Trial(plan) for name, plan in changed.items()}
    every = {f"{name} on every slice": replace(t, every=1) for name, t in few.items()}
    return {**few, **every}


def _ladder(proposed: Recipe, factor: int, spent: Budget) -> dict[str, Trial]:
    """Return the rungs from the proposed method to the default, equal in steps."""
    ours = _default_of(factor, spent)
    steps, stages = ours.regime.learning.training.steps, ours.regime.stages
    fewer, shared = regime(stages=stages), regime(shared=True)
    target = ours.regime.learning
    rungs: dict[str, Change] = {
        "stages of factor 2": lambda plan: fewer(training(steps=steps // stages)(plan)),
        "one network for all": lambda plan: shared(training(steps=steps)(plan)),
        "fitting blur": FITTING_BLUR,
        "exact projection": lambda plan: learning(back_projection=target.back_projection)(
            training(agree=target.training.agree)(plan)
        ),
        "augmentation and averaging": lambda _: SCANS_ALONE(ours),
        "pseudo-targets": lambda _: ours,
    }
    if stages == 1:
        del rungs["one network for all"]
    named, plan = {}, proposed
    for name, change in rungs.items():
        plan = change(plan)
        named[f"{LADDER}: {name}"] = Trial(plan)
    return {**named, f"{LADDER}: 8 positions": Trial(plan, self_ensemble=True)}


def _default_of(factor: int, spent: Budget) -> Recipe:
    """Return the default recipe with the proposed method's steps in all."""
    return plan_of(replace(DEFAULT, effort=PROPOSED.stages), spent, factor)


def _default_changed(factor: int, spent: Budget) -> dict[str, Trial]:
    """Return changes of the default: more training, true images, no guide, a blend."""
    ours = _default_of(factor, spent)
    unguided = Trial(SCANS_ALONE(network(guided=False)(ours)))
    return {
        "default and plateau schedule on every slice": Trial(PLATEAU(ours), every=1),
        "default and true images": Trial(ours, truth=True),
        "default without guide": unguided,
        "default blended": Trial(ours, unguided=unguided),
    }


def is_rung(name: str) -> bool:
    """Return whether a trial is one of the ladder."""
    return name.startswith(f"{LADDER}: ")


def chosen(named: dict[str, Trial], only: str) -> dict[str, Trial]:
    """Return the trials named, by comma; "ladder" names all of its rungs, nothing all trials.

    Raises:
        SettingsError: No trial has one of the names.
    """
    words = [word.strip() for word in only.split(",")] if only else list(named)
    rungs = filter(is_rung, named)
    names = [n for word in words for n in (rungs if word == LADDER else [word])]
    unknown = [name for name in names if name not in named]
    if unknown:
        raise SettingsError(f"no trial {', '.join(unknown)}; choose from {', '.join(named)}")
    return {name: named[name] for name in names}
