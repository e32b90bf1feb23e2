"""crossres cohort: all cases of a BIDS dataset."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crossres.cli import cohort_options as options
from crossres.cli.dry_run import list_cases
from crossres.cli.engines import engine_of
from crossres.cli.filters import combined, parsed
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
from crossres.cli.settings import check_guide_settings, with_enhance_settings
from crossres.cli.version import Version
from crossres.inference.settings import EnhanceSettings

if TYPE_CHECKING:
    from crossres.workflows.cohort import Engine, Outcome, Plan

EXAMPLES = examples(
    "crossres cohort study/ study/derivatives/crossres --factor 4,4,1 --report",
    "crossres cohort study/ out/ participant --spacing 1 --n-procs 4 --mem 8 --maps",
    "crossres cohort study/ out/ participant --factor 2 --participant-label 01 02",
    "crossres cohort study/ out/ group",
    "crossres cohort study/ out/ --target FLAIR --guide T1w --factor 2 --dry-run",
    "crossres cohort study/ out/ --factor 2 --filter run=1,2 --guide-filter acq=highres",
    "crossres cohort study/ out/ --spacing 1 --join acq",
    "crossres cohort study/ out/ --factor 2 --engine dask --scheduler scheduler.json",
)


@with_enhance_settings
def cohort(
    bids_dir: Annotated[Path, typer.Argument(metavar="BIDS_DIR", help="Root of a BIDS dataset.")],
    output_dir: Annotated[
        Path, typer.Argument(metavar="OUTPUT_DIR", help="Folder of the BIDS derivatives to make.")
    ],
    analysis_level: Annotated[
        Literal["participant", "group"],
        typer.Argument(help="Enhance cases; or make only page and tables of existing results."),
    ] = "participant",
    *,
    participant_label: options.ParticipantLabels = None,
    session_label: options.SessionLabels = None,
    target: options.Target = "T2w",
    guide: options.Guide = "T1w",
    filters: options.FilterWords = None,
    guide_filters: options.GuideFilterWords = None,
    bids_filter_file: options.FilterFile = None,
    any_session: options.AnySession = False,
    join: options.Join = None,
    factor: Factor = None,
    spacing: Spacing = None,
    weights: WeightsName = None,
    settings: EnhanceSettings,
    report: options.CaseReports = False,
    maps: WithMaps = False,
    workers: options.Workers = 1,
    mem: options.Memory = None,
    threads: options.CaseThreads = 1,
    engine: options.EngineName = "local",
    scheduler: options.Scheduler = None,
    skull_stripped: options.SkullStripped = None,
    work_dir: options.WorkFolder = None,
    overwrite: options.OverwriteCases = False,
    dry_run: options.DryRun = False,
    quiet: Quiet = False,
    version: Version = False,
) -> None:
    """Enhance every target of a BIDS dataset with the guide of its subject and session.

    Makes BIDS derivatives; index.html and cases.tsv over all cases; and failed.tsv over those of
    this run that failed. Finished cases are kept. A case that fails does not stop the others; it is
    listed at the end, and the exit code is 1. Without --factor and --spacing each result is
    isotropic at the finest voxel size of scan and guide, as far as the weights are for that.
    """
    from crossres.files import temporary_files_in
    from crossres.io import BidsDataset, read_filters
    from crossres.types import SettingsError
    from crossres.workflows import cohort as library

    library.check_folders(bids_dir, output_dir)
    if analysis_level == "group":
        if dry_run:
            raise SettingsError("`dry_run` lists cases, and `group` has none; leave one out")
        _make_summary(output_dir, quiet)
        return
    dataset = BidsDataset(bids_dir)
    contrasts = [target] if guide.lower() == "none" else [target, guide]
    if len(contrasts) == 1:
        of_guide = {"guide_filters": guide_filters, "any_session": any_session}
        given = [name for name, value in of_guide.items() if value]
        check_guide_settings(settings, given, several=join is not None)
    check_maps(settings.guide_influence, maps)
    in_file = {}
    if bids_filter_file is not None:
        in_file = read_filters(bids_filter_file, contrasts, dataset.entities)
    selection = library.Selection(
        target,
        contrasts[1] if len(contrasts) > 1 else None,
        combined(parsed(filters), in_file.get(target, {})),
        combined(parsed(guide_filters), in_file.get(guide, {})),
        any_session,
        join,
        _labels(participant_label, "sub-"),
        _labels(session_label, "ses-"),
    )
    cohort_settings = library.CohortSettings(
        factor=optional_numbers(factor, "factor"),
        spacing=optional_numbers(spacing, "spacing"),
        weights=weights_names(weights),
        enhance=settings,
        report=report,
        maps=maps,
        overwrite=overwrite,
        threads=threads,
        skull_stripped=None if skull_stripped is None else skull_stripped == "yes",
    )
    runner = engine_of(engine, workers, scheduler, mem)
    if not dry_run or weights or join:  # the check of weights loads torch
        library.check_settings(selection, cohort_settings)
    if dry_run:
        _finish(list_cases(dataset, output_dir, selection, cohort_settings))
        return
    plan = library.plan(dataset, output_dir, selection, cohort_settings)
    with nullcontext() if work_dir is None else temporary_files_in(work_dir):
        outcomes = _done(plan, runner, quiet)
    _finish(outcomes)


def _labels(texts: Sequence[str] | None, prefix: str) -> tuple[str, ...]:
    """Return labels without their prefix, each once."""
    return tuple(dict.fromkeys(text.removeprefix(prefix) for text in texts or []))


def _make_summary(out: Path, quiet: bool) -> None:
    """Make page and tables of the existing results."""
    from crossres.cli.tables import facts
    from crossres.types import SettingsError
    from crossres.workflows.cohort import read_description, write_summary

    if not read_description(out):
        raise SettingsError(f"{out} holds no results; run the participant level first")
    paths = write_summary(out.absolute(), [], reworded=with_options)
    facts("Summary", {}, files=paths, quiet=quiet)


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
    paths = write_summary(plan.out, outcomes, reworded=with_options)
    _summarise(outcomes, paths, plan, quiet=quiet)
    return outcomes


def _summarise(outcomes: list[Outcome], paths: list[Path], plan: Plan, *, quiet: bool) -> None:
    """Print how many cases were made, kept and failed, and what their sidecars lack."""
    from crossres.cli.tables import counted, facts
    from crossres.workflows.cohort import SKULL_STRIPPED

    counts = {
        state: sum(outcome.state == state for outcome in outcomes)
        for state in ("made", "kept", "failed")
    }
    facts(counted(len(outcomes), "case"), counts, files=paths, quiet=quiet)
    unknown = sum(SKULL_STRIPPED not in job.metadata for job in plan.jobs)
    if unknown and not quiet:
        typer.echo(
            f"{counted(unknown, 'case')} without {SKULL_STRIPPED}, which the BIDS validator "
            "requires: add --skull-stripped yes or no to this command"
        )


def _finish(outcomes: list[Outcome]) -> None:
    """List warnings and failures, and exit with code 1 if there are failures."""
    for outcome in outcomes:
        for text in outcome.warnings:
            line = f"warning: {outcome.name}: {with_options(text)}"
            print_line(line, level=logging.WARNING)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        typer.echo(outcome.trace, err=True, nl=False)
        line = f"failed: {outcome.name}: {with_options(outcome.reason)}"
        print_line(line, level=logging.ERROR)
    if failed:
        raise typer.Exit(1)
