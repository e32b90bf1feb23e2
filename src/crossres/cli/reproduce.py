"""crossres reproduce: the tables and figures of the paper, on a cohort."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crossres.cli.options import (
    Device,
    Quiet,
    examples,
)
from crossres.cli.panels import DEVICE, FILES, GUIDE, NETWORKS

if TYPE_CHECKING:
    from crossres.reproduction import Budget
    from crossres.reproduction.subjects import Subject
    from crossres.reproduction.units import Unit

What = Literal[
    "table1", "table2", "table3", "table4", "table5", "figure3", "figure4", "figure5", "all",
    "status",
]  # fmt: skip

EXAMPLES = examples(
    "crossres reproduce all --budget smoke",
    "crossres reproduce table2 --data cohort/ --budget cpu",
    "crossres reproduce all --data cohort/ --budget full --device cuda --minutes 9",
    "crossres reproduce status --data cohort/ --budget cpu",
)
WORKERS_ON_A_GPU = 4
"""Default number of processes that share a GPU: assumed, not measured."""


def reproduce(
    what: Annotated[What, typer.Argument(help="A table, a figure, all, or status.")],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help="BIDS folder of co-registered T2w and T1w; smoke needs none.",
            rich_help_panel=FILES,
        ),
    ] = None,
    budget: Annotated[
        Literal["smoke", "cpu", "full"],
        typer.Option(
            "--budget",
            help="Minutes on digital phantoms, about a day, or the paper's.",
            rich_help_panel=NETWORKS,
        ),
    ] = "cpu",
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds", min=1, max=4, help="Only the first folds.", rich_help_panel=NETWORKS
        ),
    ] = None,
    runs: Annotated[
        Path,
        typer.Option(
            "--runs",
            metavar="FOLDER",
            help="Trainings, checkpoints, charts.",
            rich_help_panel=FILES,
        ),
    ] = Path("runs/reproduction"),
    results: Annotated[
        Path,
        typer.Option(
            "--results",
            metavar="FOLDER",
            help="Scores, tables, figures.",
            rich_help_panel=FILES,
        ),
    ] = Path("results/reproduction"),
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            help="Processes; one per core by default, 4 on a GPU.",
            rich_help_panel=DEVICE,
        ),
    ] = None,
    register: Annotated[
        bool,
        typer.Option(
            "--register/--no-register",
            help="Align the guides with the degraded scans first; or trust the headers, as the "
            "paper does.",
            rich_help_panel=GUIDE,
        ),
    ] = True,
    device: Device = "auto",
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            min=0,
            help="Stop after so many; the same command resumes.",
            rich_help_panel=DEVICE,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train, test and write the tables and figures of Iwamoto 2023, resuming earlier runs.

    Every training and score is stored under an address made of its settings. Nothing is computed
    twice, and a run that was stopped at any point resumes there.
    """
    until = None if minutes is None else time.monotonic() + 60 * minutes
    from crossres import reproduction
    from crossres.checks import require
    from crossres.inference import compute_device

    chosen = reproduction.budget(budget)
    chosen = replace(chosen, folds=folds or chosen.folds, register=register)
    subjects = _subjects(chosen, data)
    where = compute_device(device)
    processes = workers or (os.cpu_count() or 1 if where == "cpu" else WORKERS_ON_A_GPU)
    every = what in ("all", "status")
    names = list(reproduction.TABLES) if every else [reproduction.FIGURES.get(what, what)]
    units = reproduction.units_of(names, chosen, subjects)
    if what == "status":
        _status(units, runs / budget, results / budget, processes)
        return
    require("report", "drawing charts and figures")
    study = _Study(chosen, subjects, runs / budget, results / budget, where, until)
    _run(what, units, study, processes, (lambda _: None) if quiet else typer.echo)


@dataclass(frozen=True)
class _Study:
    """What is run, and where."""

    budget: Budget
    subjects: list[Subject]
    runs: Path
    results: Path
    device: str
    until: float | None


def _run(
    what: What, units: list[Unit], study: _Study, workers: int, report: Callable[[str], None]
) -> None:
    """Run what is left, write what is measured, and report what the time limit left."""
    from crossres import reproduction
    from crossres.training.deadline import OutOfTime, time_limit
    from crossres.types import CrossresError

    failed = reproduction.run(
        units, study.runs, study.results, workers=workers, report=report,
        device=study.device, until=study.until,
    )  # fmt: skip
    left = len(reproduction.status_of(units, study.runs, study.results).left)
    figures = [] if left else [name for name in reproduction.FIGURES if what in (name, "all")]
    waiting = f"{len(units) - left} of {len(units)} units done, {left} left" if left else ""
    try:
        with time_limit(study.until):
            for path in _written(what, figures, study):
                report(f"wrote {path}")
    except OutOfTime:
        waiting = "all units done, figures left"
    if failed:
        raise CrossresError("; ".join([f"{len(failed)} failed, run again to retry", *failed]))
    if waiting:
        report(f"time is up: {waiting}; the same command resumes")


def _subjects(budget: Budget, data: Path | None) -> list[Subject]:
    from crossres.reproduction import cohort_subjects, phantom_subjects
    from crossres.types import SettingsError

    if budget.phantoms:
        return phantom_subjects()
    if data is None:
        raise SettingsError(
            f"budget {budget.name!r} needs scans: give --data, or --budget smoke for phantoms"
        )
    found = cohort_subjects(data)
    if budget.register and any(subject.packed for subject in found):
        raise SettingsError(f"{data} is packed, and lacks slices to align by; add --no-register")
    return found


def _written(what: str, figures: list[str], study: _Study) -> Iterator[Path]:
    """Write tables, as far as they are measured, and figures; yield each file."""
    from crossres.reproduction import (
        TABLES,
        draw,
        draw_overview,
        write_table,
    )

    made = (study.budget, study.subjects)
    for name in TABLES:
        if what in (name, "all"):
            path = write_table(name, *made, study.results)
            yield from [] if path is None else [path]
            yield from draw_overview(name, *made, study.runs, study.results)
    for name in figures:
        yield draw(name, *made, study.runs, study.results, study.device)


def _status(units: list[Unit], runs: Path, results: Path, workers: int) -> None:
    """Print what is done, what is left and about how long that takes."""
    from crossres.reproduction import describe, status_of

    status = status_of(units, runs, results)
    for unit in status.left:
        typer.echo(f"left: {describe(unit)}")
    typer.echo(f"{len(status.done)} of {len(units)} units done, {len(status.left)} left")
    if status.seconds_left is not None and status.left:
        hours = status.seconds_left / workers / 3600
        typer.echo(f"about {hours:.1f} hours more with {workers} processes")
