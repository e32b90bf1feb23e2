"""Why the paper's method falls short of the default here: single changes, then a ladder of them.

    python -m studies.shortfall --data DATA/cohort --factor 4
    python -m studies.shortfall --data DATA/cohort --factor 2 --only proposed,ladder

Each change is made to the proposed method of Table II at one budget. The ladder leads from it to
the default of this package, with cumulative changes and equal total steps on every rung. Trains on
12 subjects and scores every eighth slice of 3 others; the test subjects of fold 1 are not used.
With --seeds 3 every trial is run three times, because the effect of the seed is as large as that of
many changes. Trials that the result file already has are not run again; trainings resume.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from studies.changes import VALIDATION
from studies.quality import steps_taken, trained_for
from studies.shortfall_trials import (
    EVERY,
    Trial,
    chosen,
    trials,
)
from torch import nn

from crossres.inference import Blend, Cascade, Example, example_of
from crossres.inference.stages import stage_grids
from crossres.io import Case, find_cases
from crossres.physics import Acquisition
from crossres.reproduction import BudgetName, budget
from crossres.reproduction.records import provenance, read_rows, write_rows
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import (
    FOLD_1,
    Simulated,
    low_resolution_examples,
    simulate,
)
from crossres.training import Recipe, Supervised
from crossres.volume import Grid, Pair


def run(trial: Trial, cases: Sequence[Case], factor: int, runs: Path) -> Row:
    """Train, resuming from a folder among the runs, and return a row of results."""
    train = [c for c in cases if c.name not in (*FOLD_1, *VALIDATION)][: trial.subjects]
    trained = [trial] if trial.unguided is None else [trial, trial.unguided]
    folders = [runs / f"x{factor}-{one.address}" for one in trained]
    cascade, *unguided = (
        _trained(one, train, factor, folder) for one, folder in zip(trained, folders, strict=True)
    )
    blended = Blend(cascade, unguided[0]) if unguided else cascade
    enhancer = blended.self_ensemble() if trial.self_ensemble else blended
    scans = [c for c in cases if c.name in VALIDATION]
    simulated = [(_simulated(case, factor, trial.guided), case.name) for case in scans]
    rows = [row for scan, name in simulated for row in score_case(enhancer, scan, name)]
    return {
        "stages": trial.plan.regime.stages,
        "networks": len(cascade.networks) + len(unguided),
        "seed": trial.plan.regime.learning.training.seed,
        "steps": sum(map(steps_taken, folders)),
        "parameters": sum(p.numel() for p in cascade.networks[0].parameters()),
        "subjects": len(train),
        "training_seconds": round(sum(map(trained_for, folders))),
        **summarise(rows),
    }


def _trained(trial: Trial, cases: Sequence[Case], factor: int, folder: Path) -> Cascade:
    plan = trial.plan
    folder.mkdir(parents=True, exist_ok=True)
    if trial.truth:
        scans = [_simulated(case, factor, trial.guided) for case in cases]
        return trained_on_true_images(plan, scans, factor, folder)
    examples = low_resolution_examples(cases, factor, guided=trial.guided, every=trial.every)
    return plan.regime.fit(plan.make, examples, folder=folder)[0]


def trained_on_true_images(
    plan: Recipe, cases: Sequence[Simulated], factor: int, folder: Path
) -> Cascade:
    """Return a cascade of which each stage was trained on true images of its own scale.

    They are scans on the grid of the stage; those of the last stage are the references.
    """
    stages = plan.regime.stages
    networks: list[nn.Module] = []
    for stage in range(stages):
        examples = [_scan_at(case, stages, stage) for case in cases]
        kept = folder / f"scale-{stage + 1}"
        kept.mkdir(exist_ok=True)
        last = stage == stages - 1
        regime = plan.supervised if last else Supervised(plan.regime.learning)
        cascade, _ = regime.fit(plan.make, examples, factor ** (1 / stages), folder=kept)
        networks += cascade.networks
    return plan.cascade(networks, factor)


def _scan_at(case: Simulated, stages: int, stage: int) -> Example:
    """Return reference and guide as scans on the grid that a stage leads to."""
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


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    factor: Annotated[int, typer.Option(help="In-plane factor: 2 or 4.")] = 4,
    only: Annotated[str, typer.Option(help="Trials to run, by comma; all if empty.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds of each.")] = 1,
    budget_name: Annotated[BudgetName, typer.Option("--budget")] = "cpu",
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs/shortfall"),
    results: Annotated[Path, typer.Option()] = Path("results/shortfall"),
    prefix: Annotated[str, typer.Option(help="Of the run's name, for trials run again.")] = "",
) -> None:
    """Run the trials that are not in the result file yet."""
    path = results / f"{prefix}x{factor}-{budget_name}.csv"
    cases = find_cases(data)
    named = chosen(trials(factor, budget(budget_name)), only)
    for seed, (name, trial) in product(range(seeds), named.items()):
        if (name, str(seed)) in {(row["trial"], row["seed"]) for row in read_rows(path)}:
            continue
        seeded = trial.seeded(seed)
        row = run(seeded, cases, factor, runs)
        write_rows([*read_rows(path), {"trial": name, **row, **provenance()}], path)
        typer.echo(f"{name}, seed {seed}: gain {row['gain']:.2f} dB, PSNR {row['psnr']:.2f}")


if __name__ == "__main__":
    typer.run(main)
