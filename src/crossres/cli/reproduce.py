"""crossres reproduce: the tables and figures of the paper, on a cohort."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crossres.cli.options import Quiet, examples

if TYPE_CHECKING:
    from crossres.experiments.reproduction import Budget
    from crossres.experiments.reproduction.protocol import Subject
    from crossres.experiments.reproduction.units import Unit

What = Literal[
    "table1", "table2", "table3", "table4", "table5", "figure3", "figure4", "figure5", "all",
    "status",
]  # fmt: skip

EXAMPLES = examples(
    "crossres reproduce all --budget smoke",
    "crossres reproduce table2 --data cohort/ --budget cpu",
    "crossres reproduce status --data cohort/ --budget cpu",
)


def reproduce(
    what: Annotated[What, typer.Argument(help="A table, a figure, all, or status.")],
    data: Annotated[
        Path | None,
        typer.Option("--data", help="BIDS folder of co-registered T2w and T1w; smoke wants none."),
    ] = None,
    budget: Annotated[
        Literal["smoke", "cpu", "full"],
        typer.Option("--budget", help="Minutes on drawn heads, about a day, or the paper's."),
    ] = "cpu",
    folds: Annotated[
        int | None, typer.Option("--folds", min=1, max=4, help="Only the first folds.")
    ] = None,
    runs: Annotated[Path, typer.Option("--runs", help="Trainings and checkpoints.")] = Path(
        "runs/reproduction"
    ),
    results: Annotated[Path, typer.Option("--results", help="Scores, tables, figures.")] = Path(
        "results/reproduction"
    ),
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train, test and write the tables and figures of Iwamoto 2023, resuming what was begun.

    Every training and score is kept under an address made of its settings: nothing is done twice,
    and a run that was stopped, whenever and however, goes on where it was.
    """
    from crossres.experiments import reproduction
    from crossres.types import CrossresError

    chosen = reproduction.budget(budget)
    chosen = chosen if folds is None else replace(chosen, folds=folds)
    subjects = _subjects(chosen, data)
    runs, results = runs / budget, results / budget
    names = list(reproduction.TABLES) if what in ("all", "status") else _tables(what)
    units = reproduction.units_of(names, chosen, subjects)
    if what == "status":
        _status(units, results, workers or os.cpu_count() or 1)
        return

    def report(line: str) -> None:
        if not quiet:
            typer.echo(line)

    failed = reproduction.run(
        units, runs, results, workers=workers or os.cpu_count() or 1, report=report
    )
    figures = [] if failed else [name for name in reproduction.FIGURES if what in (name, "all")]
    for path in _written(what, figures, chosen, subjects, runs, results):
        report(f"wrote {path}")
    if failed:
        raise CrossresError("; ".join([f"{len(failed)} failed, run again to retry", *failed]))


def _subjects(budget: Budget, data: Path | None) -> list[Subject]:
    from crossres.experiments.reproduction import cohort_subjects, phantom_subjects
    from crossres.types import SettingsError

    if budget.phantoms:
        return phantom_subjects()
    if data is None:
        raise SettingsError(
            f"budget {budget.name!r} wants scans: give --data, or --budget smoke for drawn heads"
        )
    return cohort_subjects(data)


def _tables(what: str) -> list[str]:
    """Return the tables whose trainings something needs."""
    from crossres.experiments.reproduction import FIGURES

    return [FIGURES.get(what, what)]


def _written(
    what: str,
    figures: list[str],
    budget: Budget,
    subjects: list[Subject],
    runs: Path,
    results: Path,
) -> list[Path]:
    """Write tables, as far as they are measured, and figures; return the files."""
    from crossres.experiments.reproduction import TABLES, draw, draw_overview, write_table

    written: list[Path] = []
    for name in TABLES:
        if what in (name, "all"):
            path = write_table(name, budget, subjects, results)
            written += [] if path is None else [path]
            written += draw_overview(name, budget, subjects, runs, results)
    return [*written, *(draw(name, budget, subjects, runs, results) for name in figures)]


def _status(units: list[Unit], results: Path, workers: int) -> None:
    """Say what is done, what is left and about how long that takes."""
    from crossres.experiments.reproduction import describe, status_of

    status = status_of(units, results)
    for unit in status.left:
        typer.echo(f"left: {describe(unit)}")
    typer.echo(f"{len(status.done)} of {len(units)} units done, {len(status.left)} left")
    if status.seconds_left is not None and status.left:
        hours = status.seconds_left / workers / 3600
        typer.echo(f"about {hours:.1f} hours more with {workers} processes")
