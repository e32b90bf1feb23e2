"""The summary of all cases from their sidecars: a page and two tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crossres.files import atomic
from crossres.physics import Consistency
from crossres.report import CaseRow, CohortPage, write_cohort_page
from crossres.workflows.cohort.outcome import Outcome

PAGE, CASES, FAILED = "index.html", "cases.tsv", "failed.tsv"


def write_summary(out: Path, outcomes: Sequence[Outcome]) -> list[Path]:
    """Write the page and the tables of all cases in the folder, including those of earlier runs.

    Args:
        out: Folder of the derivatives.
        outcomes: Outcomes of this run; its failures are listed.

    Returns:
        The files.

    Raises:
        OutputWriteError: They cannot be written.
    """
    sidecars = sorted(out.glob("sub-*/**/*_desc-sr_*.json"))
    rows = [row for path in sidecars for row in _rows(path, out)]
    failed = {outcome.name: outcome.reason for outcome in outcomes if outcome.state == "failed"}
    title = json.loads((out / "dataset_description.json").read_text(encoding="utf-8"))["Name"]
    write_cohort_page(CohortPage(title, rows, failed), out / PAGE, overwrite=True)
    _write_table(out / CASES, _COLUMNS, map(_cells, rows))
    _write_table(out / FAILED, ("case", "reason"), failed.items())
    return [out / name for name in (PAGE, CASES, FAILED)]


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


def _rows(path: Path, out: Path) -> Iterable[CaseRow]:
    """Return the row of a sidecar; none for a damaged one or one without its volume."""
    volume = path.with_suffix(".nii.gz")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [_row(content, volume, out)] if volume.exists() else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _row(sidecar: Mapping[str, Any], volume: Path, out: Path) -> CaseRow:
    stem = volume.name.removesuffix(".nii.gz")
    grids, agreement = sidecar["grids"], sidecar["consistency"]
    return CaseRow(
        name=stem.replace("_desc-sr", ""),
        report=_beside(volume, f"{stem}.html", out),
        picture=_beside(volume, f"{stem}.png", out),
        spacing=(_mm(grids["target"]["spacing_mm"]), _mm(grids["result"]["spacing_mm"])),
        factor=_product(sidecar["factors"]),
        weights=sidecar["weights"],
        guide=sidecar["motion"],
        consistency=Consistency(agreement["interpolation"], agreement["result"]),
        seconds=sidecar["timings_seconds"]["total"],
        warnings=sidecar["warnings"],
    )


def _beside(volume: Path, name: str, out: Path) -> Path | None:
    path = volume.with_name(name)
    return path.relative_to(out) if path.exists() else None


def _product(values: Iterable[float]) -> str:
    return " x ".join(f"{value:.3g}" for value in values)


def _mm(values: Iterable[float]) -> str:
    return f"{_product(values)} mm"


def _write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = ["\t".join(" ".join(cell.split()) for cell in row) for row in (names, *rows)]
    with atomic(path, overwrite=True) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
