"""The summary of all cases from their sidecars: a page and two tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from crossres.files import ESCAPE, atomic
from crossres.files.outputs import beside
from crossres.physics import Consistency
from crossres.report import CaseRow, CohortPage, write_cohort_page
from crossres.types import FileFormatError
from crossres.workflows.cohort.derivatives import NAME, read_description
from crossres.workflows.cohort.finished import Finished, read_finished
from crossres.workflows.cohort.outcome import Outcome

PAGE, CASES, FAILED = "index.html", "cases.tsv", "failed.tsv"


def write_summary(out: Path, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write the tables and the page of all cases in the folder, including those of earlier runs.

    Args:
        out: Folder of the derivatives.
        outcomes: Outcomes of this run. Its failures are listed, and the results of earlier runs
            whose sidecars cannot be read.

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
    _write_table(out / CASES, _COLUMNS, map(_cells, rows))
    _write_table(out / FAILED, ("case", "reason"), failed.items())
    write_cohort_page(CohortPage(_title(out), rows, failed), out / PAGE, overwrite=True)
    return [out / name for name in (PAGE, CASES, FAILED)]


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


_COLUMNS = (
    "case", "factor", "spacing", "spacing_before", "guide", "consistency_interpolation",
    "consistency_result", "weights", "seconds", "warnings",
)  # fmt: skip


def _cells(row: CaseRow) -> tuple[str, ...]:
    before, after = row.spacing
    agreement = (row.consistency.interpolation, row.consistency.result)
    return (
        row.name, row.factor, after, before, row.guide, *(f"{share:.6f}" for share in agreement),
        row.weights, f"{row.seconds:.1f}", "; ".join(row.warnings) or "n/a",
    )  # fmt: skip


def _row(finished: Finished, volume: Path, out: Path) -> CaseRow:
    grids, agreement = finished.grids, finished.consistency
    return CaseRow(
        name=_target_name(volume),
        report=_relative(beside(volume, ".html"), out),
        picture=_relative(beside(volume, ".png"), out),
        spacing=(_mm(grids.target.spacing_mm), _mm(grids.result.spacing_mm)),
        factor=_product(finished.factors),
        weights=finished.weights,
        guide=finished.motion,
        consistency=Consistency(agreement.interpolation, agreement.result, agreement.noise),
        seconds=finished.timings_seconds.total,
        warnings=finished.warnings,
    )


def _target_name(volume: Path) -> str:
    return volume.name.removesuffix(".nii.gz").replace("_desc-sr", "")


def _relative(path: Path, out: Path) -> Path | None:
    return path.relative_to(out) if path.exists() else None


def _product(values: Iterable[float]) -> str:
    return " x ".join(f"{value:.3g}" for value in values)


def _mm(values: Iterable[float]) -> str:
    return f"{_product(values)} mm"


def _write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in (names, *rows)]
    with atomic(path, overwrite=True) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8", errors=ESCAPE)
