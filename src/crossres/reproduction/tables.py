"""Tables of scores beside the paper's, with standard deviations and paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from crossres.files import ESCAPE, atomic
from crossres.reproduction.budgets import Budget
from crossres.reproduction.methods import TABLES, Table, TableRow
from crossres.reproduction.published import Published
from crossres.reproduction.records import write_rows
from crossres.reproduction.runner import units_of
from crossres.reproduction.subjects import Subject

Scored = list[dict[str, str]]
COLUMNS = ("psnr", "ssim", "psnr_inside", "ssim_inside")


@dataclass(frozen=True)
class Entry:
    """One cell: a row of a table at one factor.

    Args:
        row: Name, method and the paper's numbers.
        factor: 2 or 4.
        scored: Rows of every scored slice, of all folds that are done.
    """

    row: TableRow
    factor: int
    scored: Scored

    @property
    def centre(self) -> Scored:
        """The centre slices, which the paper scored."""
        return [row for row in self.scored if row["centre"] == "True"]

    @property
    def subjects(self) -> dict[str, float]:
        """Mean PSNR of each subject over its scored slices."""
        grouped = groupby(sorted(self.scored, key=_case), key=_case)
        return {case: float(np.mean(values(list(rows), "psnr"))) for case, rows in grouped}


def _case(row: dict[str, str]) -> str:
    return row["case"]


def values(rows: Scored, column: str) -> list[float]:
    """Return the numbers of a column.

    Args:
        rows: Rows of scored slices.
        column: Its name.

    Returns:
        A number per row.
    """
    return [float(row[column]) for row in rows]


def gains_of(rows: Scored) -> NDArray[np.float64]:
    """Return the PSNR of each slice over bicubic interpolation.

    Args:
        rows: Rows of scored slices.

    Returns:
        dB, one per row.
    """
    return np.subtract(values(rows, "psnr"), values(rows, "bicubic_psnr"))


def entries(name: str, budget: Budget, subjects: Sequence[Subject], results: Path) -> list[Entry]:
    """Return the cells that have scores on every fold of the budget, row by row.

    Args:
        name: Name of the table.
        budget: The budget.
        subjects: All subjects.
        results: Folder of the published scores.

    Returns:
        The cells.
    """
    table, units = TABLES[name], units_of([name], budget, subjects)
    published, found = Published.read(results), []
    for row in table.rows:
        for factor in table.factors:
            own = [u for u in units if u.method == row.method and u.factor == factor]
            scored = [published.rows(unit) for unit in own]
            if all(scored):
                found.append(Entry(row, factor, [r for rows in scored for r in rows]))
    return found


def paired_p(entry: Entry, proposed: Entry) -> float:
    """Return the p value of a paired test of PSNR on the centre slices.

    Args:
        entry: A cell.
        proposed: The cell of the proposed method.

    Returns:
        Of Wilcoxon's signed-rank test; nan where all differences are 0.
    """
    ours = {row["case"]: float(row["psnr"]) for row in entry.centre}
    theirs = {row["case"]: float(row["psnr"]) for row in proposed.centre}
    shared = sorted(ours.keys() & theirs.keys())
    differences = [ours[case] - theirs[case] for case in shared]
    if not any(differences):
        return nan
    return float(stats.wilcoxon(differences).pvalue)


def summary(entry: Entry, proposed: Entry | None) -> dict[str, object]:
    """Return one line of a table: our numbers, and the paper's where it has them.

    Args:
        entry: The cell.
        proposed: The cell that it is tested against, or None.

    Returns:
        Values by column.
    """
    line: dict[str, object] = {"method": entry.row.name, "factor": entry.factor}
    for label, rows in (("centre", entry.centre), ("all", entry.scored)):
        line[f"{label}_slices"] = len(rows)
        for column in COLUMNS:
            numbers = values(rows, column)
            line[f"{label}_{column}"] = np.mean(numbers)
            line[f"{label}_{column}_sd"] = np.std(numbers, ddof=1) if len(numbers) > 1 else nan
        line[f"{label}_gain"] = np.mean(gains_of(rows))
    line["wilcoxon_p"] = nan if proposed is None else paired_p(entry, proposed)
    psnr, ssim = entry.row.paper.get(entry.factor, (nan, nan))
    gain = entry.row.paper_gain(entry.factor)
    return {**line, "paper_psnr": psnr, "paper_ssim": ssim, "paper_gain": gain}


def summaries(table: Table, found: Sequence[Entry]) -> list[dict[str, object]]:
    """Return the lines of a table, each tested against the proposed row at its factor.

    Args:
        table: The table.
        found: Its cells.

    Returns:
        A line per cell.
    """
    proposed = {e.factor: e for e in found if e.row.name == table.proposed}
    return [summary(entry, proposed.get(entry.factor)) for entry in found]


def markdown(table: Table, lines: Sequence[dict[str, object]], note: str) -> str:
    """Return a table as Markdown.

    Args:
        table: The table.
        lines: From :func:`summaries`.
        note: A paragraph above the table.

    Returns:
        The text.
    """
    head = (
        "| method | factor | PSNR / SSIM, centre slices | gain, dB | gain, all slices, dB | p "
        "| the paper's PSNR / SSIM | the paper's gain, dB |"
    )
    body = [_markdown_line(line) for line in lines]
    return "\n".join([f"## {table.title}", "", note, "", head, "|---" * 8 + "|", *body, ""])


def _markdown_line(line: dict[str, object]) -> str:
    def number(name: str, form: str) -> str:
        value = float(str(line[name]))
        return "-" if np.isnan(value) else format(value, form)

    ours = f"{number('centre_psnr', '.2f')} ± {number('centre_psnr_sd', '.2f')}"
    cells = [
        str(line["method"]), f"{line['factor']}x", f"{ours} / {number('centre_ssim', '.3f')}",
        number("centre_gain", "+.2f"), number("all_gain", "+.2f"), number("wilcoxon_p", ".2g"),
        f"{number('paper_psnr', '.2f')} / {number('paper_ssim', '.3f')}",
        number("paper_gain", "+.2f"),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def write_table(
    name: str, budget: Budget, subjects: Sequence[Subject], results: Path
) -> Path | None:
    """Write a table as CSV and Markdown.

    Args:
        name: Name of the table.
        budget: The budget.
        subjects: All subjects.
        results: Folder of the published scores and of the table.

    Returns:
        The Markdown file; None if no cell is complete.
    """
    table = TABLES[name]
    lines = summaries(table, entries(name, budget, subjects, results))
    if not lines:
        return None
    write_rows(lines, results / f"{name}.csv")
    note = (
        f"Budget `{budget.name}`, {budget.folds} fold{'s' if budget.folds > 1 else ''}, "
        f"{len(lines)} of {len(table.rows) * len(table.factors)} cells measured. "
        f'p: Wilcoxon signed-rank of the centre slices\' PSNR against "{table.proposed}".'
    )
    path = results / f"{name}.md"
    with atomic(path, overwrite=True) as file:
        file.write_text(markdown(table, lines, note), encoding="utf-8", errors=ESCAPE)
    return path
