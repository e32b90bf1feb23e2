"""crossres cohort: all cases of a BIDS dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crossres.cli.messages import print_line, progress, with_options
from crossres.cli.options import (
    Factor,
    Quiet,
    Spacing,
    WeightsName,
    WithMaps,
    check_maps,
    examples,
    optional_numbers,
    weights_names,
)
from crossres.cli.settings import with_enhance_settings
from crossres.inference.settings import EnhanceSettings

if TYPE_CHECKING:
    from crossres.io import Filters
    from crossres.workflows.cohort import Engine, Outcome, Plan

EXAMPLES = examples(
    "crossres cohort study/ study/derivatives/crossres --factor 4,4,1 --report",
    "crossres cohort study/ out/ --spacing 1 --workers 4 --maps",
    "crossres cohort study/ out/ --target FLAIR --guide T1w --factor 2 --dry-run",
    "crossres cohort study/ out/ --factor 2 --filter sub=01,02 --guide-filter acq=highres",
    "crossres cohort study/ out/ --spacing 1 --join acq",
    "crossres cohort study/ out/ --factor 2 --engine dask --scheduler scheduler.json",
)

_FILTER = "KEY=LABEL, such as acq=highres; labels by commas, with * or none (without the key)."


@with_enhance_settings
def cohort(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Root of a BIDS dataset.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder of the BIDS derivatives to make.")
    ],
    *,
    target: Annotated[str, typer.Option("--target", help="Contrast to enhance.")] = "T2w",
    guide: Annotated[str, typer.Option("--guide", help="Contrast of the guide, or none.")] = "T1w",
    factor: Factor = None,
    spacing: Spacing = None,
    weights: WeightsName = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", metavar="KEY=LABEL", help=f"Targets: {_FILTER}")
    ] = None,
    guide_filters: Annotated[
        list[str] | None,
        typer.Option("--guide-filter", metavar="KEY=LABEL", help="The same for guides."),
    ] = None,
    any_session: Annotated[
        bool, typer.Option("--any-session", help="Allow guides of other sessions.")
    ] = False,
    join: Annotated[
        str | None,
        typer.Option(
            "--join",
            metavar="KEY",
            help="Scans that differ in this entity only become one volume, such as acq.",
        ),
    ] = None,
    settings: EnhanceSettings,
    report: Annotated[bool, typer.Option("--report", help="Also make a report per case.")] = False,
    maps: WithMaps = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Cases in parallel on this machine.")
    ] = 1,
    engine: Annotated[
        Literal["local", "dask"],
        typer.Option("--engine", help="Local processes, or Dask."),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS|FILE", help="Dask scheduler to connect to."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the cases; write nothing.")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace cases made from other inputs or settings."),
    ] = False,
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="Processor threads per case.")
    ] = 1,
    quiet: Quiet = False,
) -> None:
    """Enhance every target of a BIDS dataset with the guide of its subject and session.

    Makes BIDS derivatives, a page of all cases and two tables. Finished cases are kept. A case that
    fails does not stop the others; it is listed at the end, and the exit code is 1.
    """
    from crossres.io import BidsDataset
    from crossres.workflows import cohort as library

    contrast = None if guide.lower() == "none" else guide
    selection = library.Selection(
        target, contrast, _filters(filters), _filters(guide_filters), any_session, join
    )
    check_maps(settings.evidence, maps)
    cohort_settings = library.CohortSettings(
        factor=optional_numbers(factor, "factor"),
        spacing=optional_numbers(spacing, "spacing"),
        weights=weights_names(weights),
        enhance=settings,
        report=report,
        maps=maps,
        overwrite=overwrite,
        threads=threads,
    )
    library.check_settings(selection, cohort_settings)
    library.check_folders(dataset, out)
    plan = library.plan(BidsDataset(dataset), out, selection, cohort_settings)
    runner = _engine(engine, workers, scheduler)
    outcomes = _listed(plan) if dry_run else _done(plan, runner, quiet)
    _finish(outcomes)


def _filters(texts: list[str] | None) -> Filters:
    """Return filters from KEY=LABEL,LABEL; the label none selects images without the entity.

    Raises:
        SettingsError: Anything else.
    """
    from crossres.types import SettingsError

    found: dict[str, list[str] | None] = {}
    for text in texts or []:
        key, _, labels = text.partition("=")
        if not key or not labels:
            raise SettingsError(f"{text!r} is not a filter; give KEY=LABEL, such as acq=highres")
        found[key] = None if labels == "none" else labels.split(",")
    return found


def _engine(name: str, workers: int, scheduler: str | None) -> Engine:
    """Return the engine that runs the cases.

    Raises:
        SettingsError: A scheduler for another engine than Dask.
    """
    from crossres.types import SettingsError
    from crossres.workflows.cohort import in_processes, on_dask, serially

    if name == "dask":
        return lambda jobs: on_dask(jobs, workers, scheduler)
    if scheduler is not None:
        raise SettingsError("--scheduler requires --engine dask; add that")
    return serially if workers == 1 else lambda jobs: in_processes(jobs, workers)


def _listed(plan: Plan) -> list[Outcome]:
    """Print the cases as a table; return the targets without a job."""
    from crossres.cli.tables import columns

    requests = [job.request for job in plan.jobs]
    rows = [
        (
            ", ".join(path.name for path in (r.target, *r.others)),
            "none" if r.guide is None else r.guide.name,
        )
        for r in requests
    ]
    columns(f"{len(rows)} cases", ("target", "guide"), rows)
    return list(plan.failures)


def _done(plan: Plan, engine: Engine, quiet: bool) -> list[Outcome]:
    """Run the remaining cases and write the summary; on Ctrl-C report how to continue."""
    from crossres.workflows.cohort import initialise_derivatives, run, write_summary

    initialise_derivatives(plan.dataset, plan.out)
    try:
        with progress("enhancing cases", quiet=quiet) as shown:
            outcomes = run(plan, engine, progress=shown)
    except KeyboardInterrupt as error:
        error.args = ("interrupted; finished cases are kept, and the same command makes the rest",)
        raise
    paths = write_summary(plan.out, outcomes)
    if not quiet:
        _summarise(outcomes, paths)
    return outcomes


def _summarise(outcomes: list[Outcome], paths: list[Path]) -> None:
    """Print how many cases were made, kept and failed."""
    from crossres.cli.tables import facts

    counts = {
        state: sum(outcome.state == state for outcome in outcomes)
        for state in ("made", "kept", "failed")
    }
    facts(f"{len(outcomes)} cases", counts, files=paths)


def _finish(outcomes: list[Outcome]) -> None:
    """List the failures, and exit with code 1 if there are any."""
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        typer.echo(outcome.trace, err=True, nl=False)
        print_line(f"failed: {outcome.name}: {with_options(outcome.reason)}")
    if failed:
        raise typer.Exit(1)
