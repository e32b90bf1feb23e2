"""Quality on one fold: train on degraded scans, score on the references of held-out subjects.

    python -m studies.quality --data DATA/cohort --factor 4 --name x4-guided

Every run resumes from its checkpoint. ``--recipe paper`` is the paper's method. ``--supervised``
trains on the references instead (eq. 2), as an upper bound. ``--blend-with x4-unguided`` blends
with a run without guide, as ``crossres enhance`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from studies.blended import SUFFIX
from studies.console import PrintProgress

from crossres.inference import Blend, Cascade
from crossres.io import Case, find_cases, split_by_name
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


def train_cascade(
    plan: Recipe, cases: Sequence[Case], factor: float, *, every: int, supervised: bool, run: Path
) -> Cascade:
    """Train on the degraded cases, resuming from the run's folder."""
    guided = bool(plan.settings.get("guided", True))
    run.mkdir(parents=True, exist_ok=True)
    report = PrintProgress()
    if supervised:
        examples = reference_examples(cases, factor, guided=guided, every=every)
        return plan.supervised.fit(plan.make, examples, factor, folder=run, progress=report)[0]
    examples = low_resolution_examples(cases, factor, guided=guided, every=every)
    return plan.regime.fit(plan.make, examples, folder=run, progress=report)[0]


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    name: Annotated[str, typer.Option(help="Name of the result files.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")] = 4.0,
    recipe_name: Annotated[RecipeName, typer.Option("--recipe")] = "default",
    unguided: Annotated[bool, typer.Option("--unguided", help="Leave the guide out.")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", help="Train on references.")] = False,
    steps: Annotated[int, typer.Option(help="Optimiser steps per trained stage.")] = 3000,
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 2,
    seed: Annotated[int, typer.Option()] = 0,
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/quality"),
    blend_with: Annotated[
        str, typer.Option(help="Blend with this unguided run of the same settings.")
    ] = "",
) -> None:
    """Train on the 15 subjects outside fold 1's test set, score all axial slices of the five."""
    train, test = split_by_name(find_cases(data), FOLD_1)

    def trained(run: str, *, guided: bool) -> tuple[Recipe, Cascade]:
        plan = recipe(recipe_name, factor, guided=guided, steps=steps).with_training(seed=seed)
        settings: dict[str, Any] = {"every": every, "supervised": supervised, "run": runs / run}
        cascade = train_cascade(plan, train, factor, **settings)
        torch.save([network.state_dict() for network in cascade.networks], runs / run / NETWORKS)
        return plan, cascade

    plan, cascade = trained(name, guided=not unguided)
    blend = Blend(cascade, trained(blend_with, guided=False)[1]) if blend_with else None
    scans = [(simulate(case, factor, guided=not unguided), case.name) for case in test]
    rows = [row for scan, case in scans for row in score_case(blend or cascade, scan, case)]
    kept = f"{name}{SUFFIX * bool(blend_with)}"
    write_rows(rows, results / f"{kept}.csv")
    settings = {"recipe": asdict(plan), "factor": factor, "every": every, "supervised": supervised}
    summary = {
        "mean": summarise(rows),
        "settings": settings,
        "training_seconds": sum(trained_for(runs / run) for run in (name, blend_with) if run),
    }
    write_summary(summary, results / f"{kept}.json")
    typer.echo(f"{kept}: {summary['mean']}")


if __name__ == "__main__":
    typer.run(main)
