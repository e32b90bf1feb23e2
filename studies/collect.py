"""Collect the runs of a study: one table and one summary in place of two files for each run.

    python -m studies.collect results/quality

The rows of ``results/quality/RUN.csv`` become rows of ``results/quality.csv`` (``quality.csv.gz``
above 100 kB), with the name of the run in the first column. ``results/quality/RUN.json`` becomes
the entry RUN of ``results/quality.json``. A run that was collected before is replaced. The files of
the runs are removed; pictures stay. Studies that continue an earlier run read its rows from either
place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossres.files import write_json
from crossres.reproduction.records import read_rows, read_summary, tables_of, write_rows

LARGE = 100_000
"""Bytes from which a table is compressed."""


def collect(study: Path) -> list[Path]:
    """Move the files of a study's runs into its table and its summary.

    Args:
        study: Folder with ``RUN.csv`` and ``RUN.json``.

    Returns:
        The files written.
    """
    runs = [sorted(study.glob(pattern)) for pattern in ("*.csv", "*.json")]
    written = [
        kept(files, study) for kept, files in zip((_table, _summary), runs, strict=True) if files
    ]
    for path in (*runs[0], *runs[1]):
        path.unlink()
    if not any(study.iterdir()):
        study.rmdir()
    return written


def _table(files: list[Path], study: Path) -> Path:
    plain, packed = tables_of(study)
    size = sum(path.stat().st_size for path in files)
    table = packed if packed.exists() or (size > LARGE and not plain.exists()) else plain
    names = {path.stem for path in files}
    rows = [row for row in read_rows(table) if row["run"] not in names]
    rows += [{"run": path.stem, **row} for path in files for row in read_rows(path)]
    blank = dict.fromkeys((column for row in rows for column in row), "")
    write_rows(sorted(({**blank, **row} for row in rows), key=lambda row: str(row["run"])), table)
    return table


def _summary(files: list[Path], study: Path) -> Path:
    path = study.with_name(f"{study.name}.json")
    content = read_summary(path) | {file.stem: read_summary(file) for file in files}
    write_json(dict(sorted(content.items())), path, overwrite=True)
    return path


def main(
    studies: Annotated[list[Path], typer.Argument(help="Folders of studies.", exists=True)],
) -> None:
    """Collect the runs of studies."""
    for study in studies:
        for path in collect(study):
            typer.echo(f"wrote {path}")


if __name__ == "__main__":
    typer.run(main)
