"""The summary of all cases from their sidecars: a page, and two tables with a description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from crossres.files import ESCAPE, atomic, write_json
from crossres.files.outputs import beside
from crossres.report import MEASURES, CaseRow, CohortPage, write_cohort_page
from crossres.types import FileFormatError
from crossres.volume.size_text import size_text
from crossres.workflows.cohort.derivatives import NAME, read_description
from crossres.workflows.cohort.finished import Finished, read_finished
from crossres.workflows.cohort.outcome import Outcome

PAGE, CASES, COLUMNS, FAILED = "index.html", "cases.tsv", "cases.json", "failed.tsv"
_NONE = "n/a"


def write_summary(
    out: Path, outcomes: Sequence[Outcome], *, reworded: Callable[[str], str] = str
) -> list[Path]:
    """Write the tables and the page of all cases in the folder, including those of earlier runs.

    Args:
        out: Folder of the derivatives.
        outcomes: Outcomes of this run. Its failures are listed, and the results of earlier runs
            whose sidecars cannot be read.
        reworded: Returns the reason of a failure in the words of the user's program, such as
            options for parameters.

    Returns:
        The files.

    Raises:
        OutputWriteError: They cannot be written.
    """
    rows: list[CaseRow] = []
    failed: dict[str, str] = {}
    for volume in _results(out):
        try:
            rows.append(_row(read_finished(beside(volume, ".json")), volume, out))
        except FileFormatError as error:
            failed[_target_name(volume)] = str(error).replace(f"{out}/", "")
    failed |= {outcome.name: outcome.reason for outcome in outcomes if outcome.state == "failed"}
    failed = {name: reworded(reason) for name, reason in failed.items()}
    _write_table(out / CASES, tuple(_DESCRIPTIONS), map(_cells, rows))
    write_json(_DESCRIPTIONS, out / COLUMNS, overwrite=True)
    _write_table(out / FAILED, ("case", "reason"), failed.items())
    write_cohort_page(CohortPage(_title(out), rows, failed), out / PAGE, overwrite=True)
    return [out / name for name in (PAGE, CASES, COLUMNS, FAILED)]


def _results(out: Path) -> list[Path]:
    folders = ("sub-*/*", "sub-*/ses-*/*")
    return sorted(path for each in folders for path in out.glob(f"{each}/*_desc-sr_*.nii.gz"))


def _title(out: Path) -> str:
    """Return the name of the derivatives; a description that was damaged meanwhile has none."""
    try:
        name = read_description(out).get("Name")
    except FileFormatError:
        return NAME
    return name if isinstance(name, str) else NAME


_DESCRIPTIONS: dict[str, dict[str, str]] = {
    "case": {"Description": "Name of the target scan, without its ending"},
    "factor": {"Description": "Voxels of the result per voxel of the scan, along i, j, k"},
    "spacing": {"Description": "Voxel size of the result along i, j, k, with its unit"},
    "spacing_before": {"Description": "Voxel size of the scan along i, j, k, with its unit"},
    "verdict": {
        "Description": "Agreement of the result with the scan: good, doubtful or bad; n/a for "
        "results of earlier versions"
    },
    "guide": {"Description": "How the guide was aligned"},
    "guide_left_out": {"Description": "Whether there was a guide that was not used"},
    **{each.name: {"Description": each.meaning, "Units": each.unit} for each in MEASURES},
    "weights": {"Description": "Names of the networks, in the order of the passes"},
    "warnings": {"Description": "Warnings, separated by semicolons; n/a without any"},
}
"""The columns of the table of cases, as BIDS describes those of a table."""


def _cells(row: CaseRow) -> tuple[str, ...]:
    before, after = row.spacing
    numbers = (row.numbers[each.name] for each in MEASURES)
    return (
        row.name, row.factor, after, before, row.level or _NONE, row.guide,
        str(row.guide_left_out).lower(),
        *(_NONE if value is None else f"{value:.6f}" for value in numbers),
        row.weights, "; ".join(row.warnings) or _NONE,
    )  # fmt: skip


def _row(finished: Finished, volume: Path, out: Path) -> CaseRow:
    grids = finished.grids
    return CaseRow(
        name=_target_name(volume),
        report=_relative(beside(volume, ".html"), out),
        picture=_relative(beside(volume, ".png"), out),
        spacing=(size_text(grids.target.spacing_mm), size_text(grids.result.spacing_mm)),
        factor=_product(finished.factors),
        weights=finished.weights,
        guide=finished.motion,
        warnings=finished.warnings,
        level=None if finished.verdict is None else finished.verdict.level,
        guide_left_out=finished.guide_left_out,
        numbers=_numbers(finished),
    )


def _numbers(finished: Finished) -> dict[str, float | None]:
    """Return the value of each measure; None where a sidecar has none."""
    noise, inferred = finished.noise, finished.measured_and_inferred
    error = None if finished.predicted_error is None else finished.predicted_error.median_share
    moved, gains = finished.registration, finished.passes[0].self_validation_gain_db
    known = dict(zip(("guided", "unguided"), gains.values(), strict=False))
    residual = [each.value for each in finished.checks if each.name == "residual_in_head"]
    return {
        "noise": None if noise is None or noise.source == "none" else noise.share,
        "residual": residual[0] if residual else None,
        "consistency_interpolation": finished.consistency.interpolation,
        "consistency_result": finished.consistency.result,
        "predicted_error_median_percent": None if error is None else 100 * error,
        "edge_share_from_scan": None if inferred is None else inferred.edge_share_from_scan,
        "inferred_rms": None if inferred is None else inferred.rms,
        "guide_displacement_mm": None if moved is None else moved.displacement_mm,
        "guide_rotation_deg": None if moved is None else moved.rotation_deg,
        "self_validation_gain_db_guided": known.get("guided"),
        "self_validation_gain_db_unguided": known.get("unguided"),
        "seconds": finished.timings_seconds.total,
    }


def _target_name(volume: Path) -> str:
    return volume.name.removesuffix(".nii.gz").replace("_desc-sr", "")


def _relative(path: Path, out: Path) -> Path | None:
    return path.relative_to(out) if path.exists() else None


def _product(values: Iterable[float]) -> str:
    return " x ".join(f"{value:.3g}" for value in values)


def _write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in (names, *rows)]
    with atomic(path, overwrite=True) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", errors=ESCAPE)
