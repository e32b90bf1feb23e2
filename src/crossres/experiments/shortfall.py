"""What the paper's method falls short by here, and why: one thing changed at a time, then a ladder.

    python -m crossres.experiments.shortfall --data DATA/cohort --factor 4
    python -m crossres.experiments.shortfall --data DATA/cohort --factor 2 --only proposed,ladder

Each change is made to the proposed method of Table II at one budget. The ladder leads from it to
this package's default, its changes made one on top of the other, with as many steps in all on every
rung. Learns from 12 subjects, scores every eighth slice of 3 others; fold 1's test subjects are not
touched. With --seeds 3 every trial is run three times, for a seed says as much as many a change.
Trials that the result file already has are not run again; trainings resume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from torch import nn

from crossres.cascade import Cascade, stage_grids
from crossres.datasets import Case, example_of, find_cases
from crossres.experiments.changes import (
    FITTING_BLUR,
    SCANS_ALONE,
    VALIDATION,
    Change,
    learning,
    network,
    regime,
    training,
)
from crossres.experiments.cohort import FOLD_1, Simulated, low_resolution_examples, simulate
from crossres.experiments.quality import steps_taken, trained_for
from crossres.experiments.record import provenance, read_rows, write_rows
from crossres.experiments.reproduction.budgets import Budget, BudgetName, budget
from crossres.experiments.reproduction.methods import DEFAULT, PROPOSED, Method
from crossres.experiments.reproduction.plans import plan_of
from crossres.experiments.reproduction.units import key_of
from crossres.experiments.scoring import Row, score_case, summarise
from crossres.physics import Acquisition, BackProjection
from crossres.recipes import Recipe
from crossres.regimes import Example, Supervised
from crossres.settings import essentials
from crossres.types import SettingsError
from crossres.volume import Grid, Pair

BASE = "proposed"
"""Name of the trial that the others are compared with."""
LADDER = "ladder"
SUPERVISED = Method("supervised", guided=True)
PLATEAU = training(schedule="plateau", steps=budget("full").external_steps)
"""The paper's schedule: the learning rate falls on plateaus of the loss, down to its floor."""
EVERY = 8
"""Axial slices learned from, and scored: every n-th."""


@dataclass(frozen=True)
class Trial:
    """One training.

    Args:
        plan: The recipe.
        subjects: How many to learn from; None for all.
        every: Which axial slices to learn from: every n-th.
        truth: Each stage is taught by the references, as a scan at its own scale would show them,
            instead of by estimates: what no low-resolution scan could teach.
        turned: The mean over eight positions.
    """

    plan: Recipe
    subjects: int | None = None
    every: int = EVERY
    truth: bool = False
    turned: bool = False

    @property
    def address(self) -> str:
        """Where its training is kept: trials that share it train once."""
        return key_of(essentials(replace(self, turned=False)))

    @property
    def guided(self) -> bool:
        """Whether the guide is seen."""
        return bool(self.plan.settings["guided"])

    def seeded(self, seed: int) -> Trial:
        """Return the trial started, and taught, by other chance."""
        return replace(self, plan=training(seed=seed)(self.plan))


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
    """Return the bound: Table I's network, as there, and with the ladder's steps and positions."""
    plan = plan_of(SUPERVISED, spent, factor)
    longer = training(steps=PROPOSED.stages * spent.external_steps)(plan)
    return {
        "references": Trial(plan, truth=True),
        "references as long": Trial(longer, truth=True),
        "references as long and 8 positions": Trial(longer, truth=True, turned=True),
        "references and plateau schedule": Trial(PLATEAU(plan), truth=True),
        "references as long without guide": Trial(network(guided=False)(longer), truth=True),
    }


def _changes(spent: Budget) -> dict[str, Change]:
    """Return what is changed in the recipe, one at a time."""
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
    taught = ours.regime.learning
    rungs: dict[str, Change] = {
        "stages of factor 2": lambda plan: fewer(training(steps=steps // stages)(plan)),
        "one network for all": lambda plan: shared(training(steps=steps)(plan)),
        "fitting blur": FITTING_BLUR,
        "exact projection": lambda plan: learning(back_projection=taught.back_projection)(
            training(agree=taught.training.agree)(plan)
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
    return {**named, f"{LADDER}: 8 positions": Trial(plan, turned=True)}


def _default_of(factor: int, spent: Budget) -> Recipe:
    """Return the default recipe with the proposed method's steps in all."""
    return plan_of(replace(DEFAULT, effort=PROPOSED.stages), spent, factor)


def _default_changed(factor: int, spent: Budget) -> dict[str, Trial]:
    """Return what the default is compared with: more training, and a network of truth per stage."""
    ours = _default_of(factor, spent)
    return {
        "default and plateau schedule on every slice": Trial(PLATEAU(ours), every=1),
        "default and true images": Trial(ours, truth=True),
        "default without guide": Trial(SCANS_ALONE(network(guided=False)(ours))),
    }


def run(trial: Trial, cases: Sequence[Case], factor: int, folder: Path) -> Row:
    """Train, resuming from the folder, and return a row of results."""
    learned_from = [c for c in cases if c.name not in (*FOLD_1, *VALIDATION)][: trial.subjects]
    folder.mkdir(parents=True, exist_ok=True)
    cascade = _learned(trial, learned_from, factor, folder)
    cascade = cascade.turned() if trial.turned else cascade
    validation = [c for c in cases if c.name in VALIDATION]
    scans = [(_simulated(case, factor, trial.guided), case.name) for case in validation]
    rows = [row for scan, name in scans for row in score_case(cascade, scan, name)]
    return {
        "stages": trial.plan.regime.stages,
        "networks": len(cascade.networks),
        "seed": trial.plan.regime.learning.training.seed,
        "steps": steps_taken(folder),
        "parameters": sum(p.numel() for p in cascade.networks[0].parameters()),
        "subjects": len(learned_from),
        "training_seconds": round(trained_for(folder)),
        **summarise(rows),
    }


def _learned(trial: Trial, cases: Sequence[Case], factor: int, folder: Path) -> Cascade:
    plan = trial.plan
    if trial.truth:
        scans = [_simulated(case, factor, trial.guided) for case in cases]
        return taught_by_truth(plan, scans, factor, folder)
    examples = low_resolution_examples(cases, factor, guided=trial.guided, every=trial.every)
    return plan.regime.fit(plan.make, examples, folder=folder)[0]


def taught_by_truth(plan: Recipe, cases: Sequence[Simulated], factor: int, folder: Path) -> Cascade:
    """Return a cascade whose every stage learned from images of its own scale.

    Each is what a scan on that stage's grid would show; the last stage's are the references.
    """
    stages = plan.regime.stages
    networks: list[nn.Module] = []
    for stage in range(stages):
        examples = [_scan_at(case, stages, stage) for case in cases]
        kept = folder / f"scale-{stage + 1}"
        kept.mkdir(exist_ok=True)
        last = stage == stages - 1
        teacher = plan.supervised if last else Supervised(plan.regime.learning)
        cascade, _ = teacher.fit(plan.make, examples, factor ** (1 / stages), folder=kept)
        networks += cascade.networks
    return plan.cascade(networks, factor)


def _scan_at(case: Simulated, stages: int, stage: int) -> Example:
    """Return reference and guide as scans on the grid that a stage leads to would show them."""
    fine = case.reference.grid
    grid: Grid = stage_grids(case.pair.target.grid, fine, stages)[stage]
    whole = example_of(Pair(case.reference, fine, case.pair.guide))
    if grid.shape == fine.shape:
        return whole
    scan = Acquisition(fine, grid).forward
    guide = None if whole.guide is None else scan(whole.guide)
    return Example(scan(whole.target), grid, grid, guide)


@cache
def _simulated(case: Case, factor: int, guided: bool) -> Simulated:
    return simulate(case, factor, guided=guided, every=EVERY)


def is_rung(name: str) -> bool:
    """Tell whether a trial is one of the ladder."""
    return name.startswith(f"{LADDER}: ")


def chosen(named: dict[str, Trial], only: str) -> dict[str, Trial]:
    """Return the trials named, by comma; "ladder" names all of its rungs, nothing all trials.

    Raises:
        SettingsError: No trial has one of the names.
    """
    wanted = [word.strip() for word in only.split(",")] if only else list(named)
    rungs = filter(is_rung, named)
    names = [n for word in wanted for n in (rungs if word == LADDER else [word])]
    unknown = [name for name in names if name not in named]
    if unknown:
        raise SettingsError(f"no trial {', '.join(unknown)}; choose of {', '.join(named)}")
    return {name: named[name] for name in names}


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    factor: Annotated[int, typer.Option(help="In-plane factor: 2 or 4.")] = 4,
    only: Annotated[str, typer.Option(help="Trials to run, by comma; all if empty.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="How often to run each.")] = 1,
    budget_name: Annotated[BudgetName, typer.Option("--budget")] = "cpu",
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs/shortfall"),
    results: Annotated[Path, typer.Option()] = Path("results/shortfall"),
) -> None:
    """Run the trials that are not in the result file yet."""
    path = results / f"x{factor}-{budget_name}.csv"
    cases = find_cases(data)
    named = chosen(trials(factor, budget(budget_name)), only)
    for seed, (name, trial) in product(range(seeds), named.items()):
        if (name, str(seed)) in {(row["trial"], row["seed"]) for row in read_rows(path)}:
            continue
        seeded = trial.seeded(seed)
        row = run(seeded, cases, factor, runs / f"x{factor}-{seeded.address}")
        write_rows([*read_rows(path), {"trial": name, **row, **provenance()}], path)
        typer.echo(f"{name}, seed {seed}: gain {row['gain']:.2f} dB, PSNR {row['psnr']:.2f}")


if __name__ == "__main__":
    typer.run(main)
