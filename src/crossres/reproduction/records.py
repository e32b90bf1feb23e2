"""Write results with their provenance: command, commit, machine, date."""

from __future__ import annotations

import csv
import gzip
import io
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import torch

from crossres.files import ESCAPE, atomic, read_json, write_json


def commit() -> str:
    """Return the commit of the source tree.

    Returns:
        Twelve digits, "+changes" if the package or the studies were edited since; or "unknown".
    """
    package = Path(__file__).parents[1]
    if shutil.which("git") is None:
        return "unknown"
    run = [["rev-parse", "--short=12", "HEAD"], ["status", "--porcelain", "--", ".", ":/studies"]]
    found = [
        subprocess.run(["git", *words], cwd=package, capture_output=True, text=True, check=False)
        for words in run
    ]
    if any(result.returncode for result in found):
        return "unknown"
    return found[0].stdout.strip() + ("+changes" if found[1].stdout.strip() else "")


def machine() -> str:
    """Describe the machine.

    Returns:
        Processor, cores, threads, GPU and version of torch.
    """
    names = [line for line in _cpu_lines() if line.startswith("model name")]
    cpu = names[0].split(":", 1)[1].strip() if names else platform.machine()
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    threads = f"{os.cpu_count()} cores, {torch.get_num_threads()} threads"
    return f"{cpu}, {threads}{gpu}, torch {torch.__version__}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def provenance() -> dict[str, object]:
    """Return the provenance of a result.

    Returns:
        Command as it is typed at the root of the repository, commit, machine and date.
    """
    program = Path(sys.argv[0])
    module = program.parent if program.stem == "__main__" else program
    study = module.parent.name == "studies"
    name = f"python -m studies.{module.stem}" if study else program.name
    return {
        "command": " ".join([name, *sys.argv[1:]]).replace(str(Path.home()), "~"),
        "commit": commit(),
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
    }


@contextmanager
def text_file(path: Path, mode: Literal["r", "w"]) -> Iterator[TextIO]:
    """Open a text file, compressed if its name ends in ``.gz``; equal text gives equal bytes.

    Args:
        path: The file.
        mode: "r" or "w".

    Yields:
        The open file.
    """
    if path.suffix != ".gz":
        with path.open(mode, newline="", encoding="utf-8", errors=ESCAPE) as file:
            yield file
        return
    with (
        path.open(f"{mode}b") as raw,
        gzip.GzipFile("", f"{mode}b", 9, raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", errors=ESCAPE, newline="") as text,
    ):
        yield text


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file.

    Args:
        path: ``STUDY/RUN.csv``. Where it is missing, its rows are those of the run in the table of
            the study, ``STUDY.csv`` or ``STUDY.csv.gz``.

    Returns:
        A dictionary of text for each row; none if there is neither file.
    """
    if path.exists():
        with text_file(path, "r") as file:
            return list(csv.DictReader(file))
    collected = [table for table in tables_of(path.parent) if table.exists()]
    rows = read_rows(collected[0]) if collected else []
    return [row for row in rows if row.pop("run", None) == path.stem]


def tables_of(study: Path) -> list[Path]:
    """Return the names that the table of a study may have.

    Args:
        study: Folder of the study.

    Returns:
        The plain and the compressed table beside the folder.
    """
    return [study.with_name(f"{study.name}{suffix}") for suffix in (".csv", ".csv.gz")]


def read_summary(path: Path) -> dict[str, Any]:
    """Return a JSON summary.

    Args:
        path: ``STUDY/RUN.json``. Where it is missing, the summary is that of the run in
            ``STUDY.json``.

    Returns:
        The summary; empty if there is neither file.
    """
    if path.exists():
        return read_json(path)
    study = path.parent.with_name(f"{path.parent.name}.json")
    found: dict[str, Any] = read_summary(study).get(path.stem, {}) if study.exists() else {}
    return found


def write_rows(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    """Write rows as CSV and replace an older file.

    Args:
        rows: At least one; all with the same keys.
        path: The file, compressed if its name ends in ``.gz``; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path, overwrite=True) as temporary, text_file(temporary, "w") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_summary(content: dict[str, object], path: Path) -> None:
    """Write a JSON summary with its provenance and replace an older file.

    Args:
        content: The summary.
        path: The file; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json({**content, "provenance": provenance()}, path, overwrite=True)
