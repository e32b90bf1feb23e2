"""The unit of work: one method at one factor on one fold, trained and scored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from crossres.inference import Example, example_of
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.budgets import Budget
from crossres.reproduction.methods import Method
from crossres.reproduction.plans import plan_of
from crossres.reproduction.protocol import simulate_subject
from crossres.reproduction.simulated import Simulated
from crossres.reproduction.subjects import Subject
from crossres.training import Recipe
from crossres.training.identity import non_default
from crossres.volume import Pair

EDITION = 1
"""Of the meaning of settings: raised when a default or what the code does with one changes."""


def key_of(content: dict[str, Any]) -> str:
    """Return the address of settings: a checksum of their canonical JSON.

    Args:
        content: Values that JSON can hold.

    Returns:
        Sixteen hexadecimal digits.

    Example:
        >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
        True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def scores_key(settings: dict[str, Any]) -> str:
    """Return the address of scores.

    Args:
        settings: All that the scores depend on (``Unit.settings``).

    Returns:
        Sixteen hexadecimal digits.
    """
    trainings = {name: settings[name] and key_of(settings[name]) for name in ("learned", "parent")}
    return key_of({**settings, **trainings})


@dataclass(frozen=True)
class Unit:
    """One method at one factor, trained on some subjects and tested on others.

    Args:
        method: The method.
        factor: 2 or 4.
        budget: Its computing budget.
        train: Training subjects (where the method trains on others).
        test: Test subjects.
    """

    method: Method
    factor: int
    budget: Budget
    train: tuple[Subject, ...]
    test: tuple[Subject, ...]

    @cached_property
    def plan(self) -> Recipe:
        """The recipe of the method."""
        return plan_of(self.method, self.budget, self.factor)

    @property
    def parent(self) -> Unit:
        """The external training that internal training continues."""
        method = replace(self.method, regime="external", back_projection="iterative")
        return replace(self, method=method)

    @cached_property
    def training(self) -> dict[str, Any]:
        """All that the training on other subjects depends on."""
        return {
            "edition": EDITION,
            "plan": non_default(self.plan),
            "supervised": self.method.regime == "supervised",
            "shift": self.method.shift_mm,
            "factor": self.factor,
            "every": self.budget.every,
            "train": [s.identity for s in self.train],
            **self._alignment,
        }

    @property
    def _alignment(self) -> dict[str, Any]:
        """Whether guides are aligned, where that matters; absent where headers were trusted."""
        return {"aligned": True} if self.budget.register and self.method.guided else {}

    @cached_property
    def training_key(self) -> str:
        """Address of the training on other subjects; methods that share it train once."""
        return key_of(self.training)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All that the scores depend on: units with equal settings are one."""
        ensemble = {"ensemble": True} if self.method.ensemble else {}
        return {
            **ensemble,
            **self._alignment,
            "learned": self.training if self.method.is_trained else "",
            "regime": self.method.regime,
            "parent": self.parent.training if self.method.regime == "external-internal" else "",
            "score_every": self.budget.score_every,
            "factor": self.factor,
            "test": [s.identity for s in self.test],
        }

    @cached_property
    def key(self) -> str:
        """Address of the scores."""
        return scores_key(self.settings)

    def simulate(self, subject: Subject, every: int, runs: Path) -> Simulated:
        """Return the degraded pair of a subject and its reference.

        Args:
            subject: A training or test subject.
            every: Every n-th axial slice.
            runs: Folder of the runs; the motions of the guides are kept there.

        Returns:
            The pair, its guide as the method and the budget require.
        """
        method = self.method
        return simulate_subject(
            subject, self.factor, guided=method.guided, every=every, shift_mm=method.shift_mm,
            register=self.budget.register, kept=runs / ALIGNED,
        )  # fmt: skip

    def example(self, subject: Subject, runs: Path, *, supervised: bool = False) -> Example:
        """Return the training example of a subject: its degraded scan, or its reference.

        Args:
            subject: A training subject.
            runs: Folder of the runs.
            supervised: The reference instead of the degraded scan.

        Returns:
            Target and guide, cut into slices.
        """
        simulated = self.simulate(subject, self.budget.every, runs)
        target = simulated.reference if supervised else simulated.pair.target
        return example_of(Pair(target, simulated.reference.grid, simulated.pair.guide))
