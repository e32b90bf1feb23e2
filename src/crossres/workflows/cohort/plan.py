"""The jobs of a dataset, and their execution by any engine."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from crossres.checks import require
from crossres.files import recover
from crossres.io import BidsDataset
from crossres.types import CrossresWarning, Progress
from crossres.weights import read_card
from crossres.weights.choose import check_guide
from crossres.weights.index import shipped_path, weights_path
from crossres.workflows.cohort.derivatives import bids_metadata
from crossres.workflows.cohort.done import is_done, restate
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.names import distinct_matches, output_volume
from crossres.workflows.cohort.outcome import Outcome, Outcomes
from crossres.workflows.cohort.pairs import Match, Selection
from crossres.workflows.cohort.settings import CohortSettings
from crossres.workflows.enhance import Request
from crossres.workflows.enhance.joinable import check_joinable

Engine: TypeAlias = Callable[[Sequence[Job]], Outcomes]
"""Runs jobs in any order, and yields the outcome of each."""


@dataclass(frozen=True)
class Plan:
    """The jobs of a dataset, and the targets without a job.

    Args:
        dataset: The dataset of the scans.
        out: Folder of the derivatives.
        jobs: One for each case.
        failures: One for each target without a definite guide or name.
    """

    dataset: BidsDataset
    out: Path
    jobs: Sequence[Job]
    failures: Sequence[Outcome]


def check_settings(selection: Selection, settings: CohortSettings) -> None:
    """Refuse settings that would fail for every case.

    Args:
        selection: The requested scans.
        settings: The settings of all cases.

    Raises:
        SettingsError: Both factor and spacing, a factor out of range, or a setting that makes no
            sense for scans that are joined.
        WeightsError: Unknown or damaged weights, or weights that do not match the guide.
        MissingPackageError: A report is required, and what draws it is not installed.
    """
    if settings.report:
        require("report", "`report`")
    if selection.join is not None:
        check_joinable(settings.enhance)
    settings.resolution.check()
    for name in settings.weights:
        check_guide(read_card(name), guided=selection.guide is not None)


def plan(dataset: BidsDataset, out: Path, selection: Selection, settings: CohortSettings) -> Plan:
    """Find the cases of a dataset, and make a job of each.

    Args:
        dataset: The dataset of the scans.
        out: Folder of the derivatives.
        selection: The requested scans.
        settings: The settings of all cases.

    Returns:
        The jobs, and the targets without one.

    Raises:
        FileFormatError: The dataset has no target.
        SettingsError: A suffix or an entity that is not in BIDS, a label without a target, or
            metadata that contradict ``skull_stripped``.
    """
    matches, failures = distinct_matches(dataset, selection)
    out = out.absolute()
    jobs = [_job(match, dataset, out, selection, settings) for match in matches]
    for text in dict.fromkeys(note for job in jobs for note in job.notes):
        warnings.warn(text, CrossresWarning, stacklevel=1)
    return Plan(dataset, out, jobs, failures)


def _job(
    match: Match, dataset: BidsDataset, out: Path, selection: Selection, settings: CohortSettings
) -> Job:
    request = Request(
        target=match.target.path,
        guide=None if match.guide is None else match.guide.path,
        others=tuple(scan.path for scan in match.others),
        factor=settings.factor,
        spacing=settings.spacing,
        weights=_absolute_names(settings.weights),
        contrasts=(selection.target, selection.guide),
        settings=settings.enhance,
    )
    metadata, notes = bids_metadata(match, dataset, skull_stripped=settings.skull_stripped)
    return Job(
        match.name, request, output_volume(match, out, settings.resolution), settings.report,
        settings.maps, metadata, settings.overwrite, settings.threads, tuple(notes),
    )  # fmt: skip


def _absolute_names(weights: Sequence[str]) -> tuple[str, ...]:
    """Return names of weights that are valid in any working directory."""
    return tuple(
        name if shipped_path(name) else str(weights_path(name).absolute()) for name in weights
    )


def run(plan: Plan, engine: Engine, *, progress: Progress) -> list[Outcome]:
    """Run the jobs of a plan that are not done yet; a failing case does not stop the others.

    Args:
        plan: The jobs.
        engine: Runs them: serially, in processes, or on a cluster.
        progress: Called with (cases finished, total cases).

    Returns:
        The outcome of every case, sorted by name; reasons do not name the folders of the dataset.
    """
    finished: list[Outcome] = []
    left: list[Job] = []
    for job in plan.jobs:
        outcome = _finished(job)
        if outcome is None:
            left.append(job)
        else:
            finished.append(outcome)
            progress(len(finished), len(plan.jobs))
    with closing(engine(left)) as ending:
        for outcome in ending:
            finished.append(outcome)
            progress(len(finished), len(plan.jobs))
    shown = [_without_folders(outcome, plan) for outcome in (*plan.failures, *finished)]
    return sorted(shown, key=lambda outcome: outcome.name)


def settled_cases(plan: Plan) -> list[Outcome]:
    """Return the outcomes of the cases that need no computing, without writing anything.

    Args:
        plan: The jobs.

    Returns:
        An outcome for each case that would be kept, or that fails since its files were made from
        other inputs or settings.
    """
    found = [_finished(job, writing=False) for job in plan.jobs]
    return [_without_folders(outcome, plan) for outcome in found if outcome is not None]


def _finished(job: Job, *, writing: bool = True) -> Outcome | None:
    """Return the outcome of a case that needs no computing; None for the others."""
    try:
        if writing:
            recover(job.volume.parent)  # a killed run may have left a set between old and new
        if not is_done(job):
            return None
        if writing:
            restate(job)
        return Outcome(job.name, "kept")
    except Exception as error:  # of one case; it stops no other
        return Outcome.failed(job.name, error)


def _without_folders(outcome: Outcome, plan: Plan) -> Outcome:
    reason = outcome.reason
    for folder in (plan.out, plan.dataset.root):
        reason = reason.replace(f"{folder}/", "")
    return replace(outcome, reason=reason)
