"""Budgets: how much computing the tables may cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crossres.training import NetworkSettings
from crossres.training.adversary import Adversarial
from crossres.types import SettingsError

BudgetName = Literal["smoke", "cpu", "full"]


@dataclass(frozen=True)
class Budget:
    """A budget: everything that is not a method but decides what it reaches.

    Args:
        name: "smoke", "cpu" or "full".
        supervised_steps: Optimiser steps of a supervised training.
        external_steps: Optimiser steps of each stage of external training.
        internal_steps: Optimiser steps of each stage of internal training.
        schedule: Learning-rate schedule; "plateau" is the paper's.
        batch: Patches per step (the paper: 32).
        patch: Side of unsupervised patches, pixels (the paper: 48).
        supervised_patch: Side of supervised patches, pixels (the paper: 64).
        every: Train on every n-th axial slice (the paper: 1).
        score_every: Score every n-th axial slice, the centre slice among them.
        folds: Folds that are run, of 4.
        phantoms: Digital phantoms instead of the cohort.
        register: Whether guides are aligned with the degraded scans first; False leaves them where
            the headers place them, as in the paper ("already registered").
        networks: Settings of networks, by name.
        adversarial: The critic of adversarial rows.
    """

    name: BudgetName
    supervised_steps: int
    external_steps: int
    internal_steps: int
    schedule: Literal["cosine", "plateau"] = "cosine"
    batch: int = 8
    patch: int = 40
    supervised_patch: int = 48
    every: int = 4
    score_every: int = 4
    folds: int = 4
    phantoms: bool = False
    register: bool = True
    networks: dict[str, NetworkSettings] = field(default_factory=dict)
    adversarial: Adversarial = field(default_factory=Adversarial)


BUDGETS: dict[BudgetName, Budget] = {
    "smoke": Budget(
        name="smoke", supervised_steps=2, external_steps=2, internal_steps=2, batch=2, patch=8,
        supervised_patch=8, every=3, score_every=3, folds=2, phantoms=True,
        networks={
            "guided-rdn": {"blocks": 1, "layers": 1, "width": 4}, "recnn": {"width": 4},
            "zssr": {"width": 4}, "mdcsrn": {"growth": 4}, "dcsrn": {"growth": 4},
        },
        adversarial=Adversarial(width=4),
    ),
    "cpu": Budget(
        name="cpu", supervised_steps=500, external_steps=300, internal_steps=60,
        batch=8, patch=32, supervised_patch=40, every=8, score_every=8,
        networks={"guided-rdn": {"blocks": 4, "layers": 3, "width": 24}},
        adversarial=Adversarial(width=16),
    ),
    "full": Budget(
        name="full", supervised_steps=60_000, external_steps=60_000, internal_steps=3_000,
        schedule="plateau", batch=32, patch=48, supervised_patch=64, every=1, score_every=1,
        networks={"guided-rdn": {"blocks": 4, "layers": 3, "width": 32}},
        adversarial=Adversarial(steps=5),
    ),
}  # fmt: skip


def budget(name: str) -> Budget:
    """Return a budget by name.

    Args:
        name: "smoke", "cpu" or "full".

    Returns:
        The budget.

    Raises:
        SettingsError: No such budget.

    Example:
        >>> budget("cpu").folds
        4
    """
    for known, found in BUDGETS.items():
        if known == name:
            return found
    raise SettingsError(f"no budget {name!r}; choose from {', '.join(BUDGETS)}")
