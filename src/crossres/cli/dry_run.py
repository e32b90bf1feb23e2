"""The cases of ``crossres cohort --dry-run``, each with what a run would do for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossres.io import BidsDataset
    from crossres.workflows.cohort import CohortSettings, Outcome, Selection


def list_cases(
    dataset: BidsDataset, out: Path, selection: Selection, settings: CohortSettings
) -> list[Outcome]:
    """Print the cases as a table: target, guide, result, and whether it would be made or kept.

    Args:
        dataset: The dataset of the scans.
        out: Folder of the derivatives.
        selection: The requested scans.
        settings: The settings of all cases.

    Returns:
        The targets without a case, and the cases for which a run would fail at once: those whose
        results are of other inputs or settings.

    Raises:
        CrossresError: What is wrong for all cases.
    """
    from crossres.cli.tables import columns, counted
    from crossres.workflows.cohort import distinct_matches, output_volume

    settings.resolution.check()
    matches, failures = distinct_matches(dataset, selection)
    results = [output_volume(match, out, settings.resolution) for match in matches]
    existing = any(os.path.lexists(result) for result in results)
    settled = _settled(dataset, out, selection, settings) if existing else {}
    rows = [
        (
            ", ".join(scan.path.name for scan in (match.target, *match.others)),
            "none" if match.guide is None else match.guide.path.name,
            result.name,
            _action(settled.get(match.name), result),
        )
        for match, result in zip(matches, results, strict=True)
    ]
    columns(counted(len(rows), "case"), ("target", "guide", "result", "a run would"), rows)
    return failures + [one for one in settled.values() if one.state == "failed"]


def _settled(
    dataset: BidsDataset, out: Path, selection: Selection, settings: CohortSettings
) -> dict[str, Outcome]:
    """Return the outcomes of the cases that need no computing, by name; this loads torch."""
    from crossres.workflows.cohort import plan, settled_cases

    outcomes = settled_cases(plan(dataset, out, selection, settings))
    return {outcome.name: outcome for outcome in outcomes}


def _action(settled: Outcome | None, result: Path) -> str:
    """Return what a run would do for a case, as one verb."""
    if settled is None:
        return "make again" if os.path.lexists(result) else "make"
    return "keep" if settled.state == "kept" else "fail"
