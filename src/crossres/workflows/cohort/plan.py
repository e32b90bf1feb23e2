"""What is to be done for a dataset, and doing it with any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crossres.inference import EnhanceSettings
from crossres.io import BidsDataset
from crossres.types import CrossresError, Progress
from crossres.volume import Grid, fine_grid
from crossres.weights import read_card, shipped_names
from crossres.weights.choose import check_guide
from crossres.weights.store import weights_path
from crossres.workflows.cohort.derivatives import check_apart, metadata_of, volume_of
from crossres.workflows.cohort.done import is_done
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.outcome import Outcome, Outcomes
from crossres.workflows.cohort.pairs import Match, Wanted, find_matches
from crossres.workflows.enhance import Request

Engine: TypeAlias = Callable[[Sequence[Job]], Outcomes]
"""Does jobs, in any order, and gives what became of each."""

_ANY_GRID = Grid((60, 60, 20), np.diag([4.0, 4.0, 5.0, 1.0]))


@dataclass(frozen=True)
class CohortSettings:
    """How every case is enhanced.

    Args:
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm.
        weights: Names or files, one for each pass; empty for the shipped ones.
        enhance: Settings of the method.
        report: Whether each case gets a report.
        maps: Whether each case gets maps.
        overwrite: Whether cases made with other inputs or settings may be replaced.
        threads: Processor threads per case, at least 1; results may differ in the last digit
            between numbers.
    """

    factor: tuple[float, ...] | None = None
    spacing: tuple[float, ...] | None = None
    weights: tuple[str, ...] = ()
    enhance: EnhanceSettings = field(default_factory=EnhanceSettings)
    report: bool = False
    maps: bool = False
    overwrite: bool = False
    threads: int = 1


@dataclass(frozen=True)
class Plan:
    """Jobs for a dataset's cases, and the cases that cannot be any.

    Args:
        dataset: Where the scans are.
        out: Where results go.
        jobs: One per case.
        failures: One per target without a guide of its own.
    """

    dataset: BidsDataset
    out: Path
    jobs: Sequence[Job]
    failures: Sequence[Outcome]


def check_settings(wanted: Wanted, settings: CohortSettings) -> None:
    """Refuse what would fail for every case.

    Raises:
        SettingsError: Not exactly one of factor and spacing, or a factor that makes no sense.
        WeightsError: Weights that are none, or that do not go with (or without) a guide.
    """
    if settings.factor is not None or settings.spacing is None:
        fine_grid(_ANY_GRID, factor=settings.factor, spacing=settings.spacing)
    for name in settings.weights:
        check_guide(read_card(name), guided=wanted.guide is not None)


def plan(dataset: BidsDataset, out: Path, wanted: Wanted, settings: CohortSettings) -> Plan:
    """Find the cases of a dataset, and make a job of each.

    Args:
        dataset: Where the scans are.
        out: The folder to be filled.
        wanted: Which scans.
        settings: How they are enhanced.

    Raises:
        FileFormatError: No target at all.
        SettingsError: A suffix or an entity that BIDS does not have.
    """
    matches, failures = find_matches(dataset, wanted)
    apart, clashes = check_apart(matches)
    failures += [Outcome.failed(name, error) for name, error in clashes]
    out = out.absolute()
    jobs = [_job(match, dataset, out, wanted, settings) for match in apart]
    return Plan(dataset, out, jobs, failures)


def _job(
    match: Match, dataset: BidsDataset, out: Path, wanted: Wanted, settings: CohortSettings
) -> Job:
    request = Request(
        target=match.target.path,
        guide=None if match.guide is None else match.guide.path,
        factor=settings.factor,
        spacing=settings.spacing,
        weights=_everywhere(settings.weights),
        contrasts=(wanted.target, wanted.guide),
        settings=settings.enhance,
    )
    return Job(
        match.name, request, volume_of(match, out), settings.report, settings.maps,
        metadata_of(match, dataset), settings.overwrite, settings.threads,
    )  # fmt: skip


def _everywhere(weights: Sequence[str]) -> tuple[str, ...]:
    """Return names of weights that hold in any folder."""
    shipped = shipped_names()
    return tuple(
        name if name in shipped else str(weights_path(name).absolute()) for name in weights
    )


def run(plan: Plan, engine: Engine, *, progress: Progress) -> list[Outcome]:
    """Do what is left of a plan, and go on past cases that fail.

    Args:
        plan: What to do.
        engine: How: serially, in processes, on a cluster.
        progress: Told (cases settled, cases in all).

    Returns:
        What became of every case, by name; folders are left out of the reasons.
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


def _finished(job: Job) -> Outcome | None:
    """Return what became of a case that needs no computing."""
    try:
        return Outcome(job.name, "kept") if is_done(job) else None
    except CrossresError as error:
        return Outcome.failed(job.name, error)


def _without_folders(outcome: Outcome, plan: Plan) -> Outcome:
    reason = outcome.reason
    for folder in (plan.out, plan.dataset.root):
        reason = reason.replace(f"{folder}/", "")
    return replace(outcome, reason=reason)
