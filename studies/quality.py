"""Quality on one fold: train on degraded scans, score on the references of held-out subjects.

    python -m studies.quality --data DATA/cohort --factor 4 --name x4-guided

Every run resumes from its checkpoint. ``--recipe paper`` is the paper's method. ``--supervised``
trains on the references instead (eq. 2), as an upper bound. ``--blend-with x4-unguided`` blends
with a run without guide, as ``crossres enhance`` does. Guides are aligned with the degraded scans;
``--no-register`` leaves them where their headers place them. ``--steps 1000,3000,9000`` trains and
scores once for each number; with ``--supervised`` beside it, it shows the gap to the same network
taught by references with as many steps. ``--seeds 2`` averages the weights of two trainings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from studies.blended import SUFFIX
from studies.changes import PSEUDO_TARGETS
from studies.console import PrintProgress
from torch import Tensor

from crossres.inference import Blend, Cascade
from crossres.io import Case, find_cases, split_by_name
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import score_case, summarise
from crossres.reproduction.simulated import (
    FOLD_1,
    low_resolution_examples,
    reference_examples,
    simulate,
)
from crossres.training import Recipe, RecipeName, recipe

NETWORKS = "networks.pt"
"""Name of the file with the state of each stage's network."""


def trained_for(run: Path) -> float:
    """Return the training time of a run in seconds, over all of its interruptions."""
    return sum(float(state["seconds"]) for state in _states(run))


def steps_taken(run: Path) -> int:
    """Return the optimiser steps of all of the run's trainings."""
    return sum(int(state["step"]) for state in _states(run))


def _states(run: Path) -> list[dict[str, Any]]:
    checkpoints = [torch.load(path, weights_only=True) for path in run.rglob("stage-*.pt")]
    return [checkpoint["state"] for checkpoint in checkpoints]


def averaged(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each tensor over trainings; counters are those of the first one."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }


@dataclass(frozen=True)
class Trial:
    """What is trained: of each field the option of the same name."""

    recipe: RecipeName
    factor: float
    steps: int
    every: int
    seed: int
    seeds: int
    supervised: bool
    register: bool
    runs: Path

    def plan(self, guided: bool, seed: int) -> Recipe:
        """Return the recipe for a seed.

        The unguided network of the default recipe is trained on pseudo-targets too: the guides of
        the training subjects make them, and the network sees no guide.
        """
        plan = recipe(self.recipe, self.factor, guided=guided, steps=self.steps)
        changed = PSEUDO_TARGETS(plan) if self.recipe == "default" else plan
        return changed.with_training(seed=seed)

    def cascade(self, name: str, cases: Sequence[Case], *, guided: bool) -> Cascade:
        """Train on the cases, once for each seed, resuming from the folders of the runs.

        All trainings start from the initial weights of the first seed; without them their weights
        could not be averaged.
        """
        first = self.plan(guided, self.seed)
        trained = []
        for folder, number in zip(self.folders(name), range(self.seeds), strict=True):
            plan = self.plan(guided, self.seed + number)
            folder.mkdir(parents=True, exist_ok=True)
            cascade = self._fit(plan, first, cases, folder)
            trained.append([network.state_dict() for network in cascade.networks])
        states = [averaged(of_stage) for of_stage in zip(*trained, strict=True)]
        torch.save(states, self.folders(name)[0] / NETWORKS)
        return first.restored(states, self.factor) if self.seeds > 1 else cascade

    def _fit(self, plan: Recipe, first: Recipe, cases: Sequence[Case], folder: Path) -> Cascade:
        guided = bool(plan.settings.get("guided", True) or plan.regime.sources)
        make = reference_examples if self.supervised else low_resolution_examples
        examples = make(
            cases, self.factor, guided=guided, every=self.every, register=self.register,
            kept=self.runs / ALIGNED,
        )  # fmt: skip
        report = PrintProgress()
        if self.supervised:
            supervised = plan.supervised
            return supervised.fit(
                first.make, examples, self.factor, folder=folder, progress=report
            )[0]
        return plan.regime.fit(first.make, examples, folder=folder, progress=report)[0]

    def folders(self, name: str) -> list[Path]:
        """Return the folder of each training; the first one bears the name itself."""
        seeds = [f"{name}-seed{self.seed + n}" for n in range(1, self.seeds)]
        return [self.runs / each for each in (name, *seeds)]

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What the results depend on beside the recipe."""
        ours = asdict(self)
        return {name: value for name, value in ours.items() if name not in ("runs", "recipe")}


def evaluate(
    trial: Trial, name: str, blend_with: str, data: Path, results: Path, *, guided: bool
) -> None:
    """Train on the 15 subjects outside fold 1's test set, score all axial slices of the five."""
    train, test = split_by_name(find_cases(data), FOLD_1)
    cascade = trial.cascade(name, train, guided=guided)
    other = trial.cascade(blend_with, train, guided=False) if blend_with else None
    blend = cascade if other is None else Blend(cascade, other)
    kept, rows = f"{name}{SUFFIX * bool(blend_with)}", []
    for case in test:
        scan = simulate(
            case, trial.factor, guided=guided, register=trial.register, kept=trial.runs / ALIGNED
        )
        rows += score_case(blend, scan, case.name)
    write_rows(rows, results / f"{kept}.csv")
    folders = [f for each in (name, blend_with) if each for f in trial.folders(each)]
    mean = summarise(rows)
    summary: dict[str, object] = {
        "mean": mean,
        "settings": {"recipe": asdict(trial.plan(guided, trial.seed)), **trial.settings},
        "training_seconds": sum(map(trained_for, folders)),
    }
    write_summary(summary, results / f"{kept}.json")
    typer.echo(f"{kept}: {mean}")


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    name: Annotated[str, typer.Option(help="Name of the result files.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")] = 4.0,
    recipe_name: Annotated[RecipeName, typer.Option("--recipe")] = "default",
    unguided: Annotated[bool, typer.Option("--unguided", help="Leave the guide out.")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", help="Train on references.")] = False,
    steps: Annotated[
        str, typer.Option(help="Optimiser steps per trained stage; several with commas.")
    ] = "3000",
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 2,
    seed: Annotated[int, typer.Option()] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings whose weights are averaged.")] = 1,
    register: Annotated[
        bool,
        typer.Option("--register/--no-register", help="Align guides with the degraded scans."),
    ] = True,
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/quality"),
    blend_with: Annotated[
        str, typer.Option(help="Blend with this unguided run of the same settings.")
    ] = "",
) -> None:
    """Train and score, once for each number of steps; several add it to the names."""
    numbers = [int(word) for word in steps.split(",")]
    for number in numbers:
        trial = Trial(
            recipe_name, factor, number, every, seed, seeds, supervised, register, runs
        )  # fmt: skip
        end = f"-{number}" * (len(numbers) > 1)
        other = blend_with and f"{blend_with}{end}"
        evaluate(trial, f"{name}{end}", other, data, results, guided=not unguided)


if __name__ == "__main__":
    typer.run(main)
