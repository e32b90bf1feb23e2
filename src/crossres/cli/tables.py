"""Results on stdout: tables, and JSON documents."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossres.cli.messages import log_printed, one_line

_FILE_WIDTH = 120


def _console() -> Console:
    """Return the console; a file has no width of its own, so a wide one is set."""
    return Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)


def facts(
    title: str, rows: Mapping[str, object], *, files: Sequence[Path] = (), quiet: bool = False
) -> None:
    """Print names and values, then the files that were made, each on an unbroken line.

    All of it is logged, too.

    Args:
        title: Title of the table.
        rows: Values by name.
        files: Files that were made.
        quiet: Whether it is logged only.
    """
    made = [f"wrote {one_line(str(path))}" for path in files]
    for line in (*(f"{title}, {name}: {value}" for name, value in rows.items()), *made):
        log_printed(line)
    if quiet:
        return
    table = Table(title=Text(title), box=None, show_header=False, title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(str(value)))
    _console().print(table)
    for line in made:
        print(line, flush=True)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which is a plural unless there is one.

    Args:
        number: How many.
        noun: In the singular, such as "case".

    Returns:
        Both.

    Example:
        >>> counted(1, "case"), counted(2, "case")
        ('1 case', '2 cases')
    """
    return f"{number} {noun}{'s' * (number != 1)}"


def document(content: Mapping[str, object]) -> None:
    """Print one JSON document, with the version of crossres first.

    Args:
        content: Values of any type that JSON files of crossres take, by name.
    """
    from importlib import metadata

    from crossres.files import json_text

    print(json_text({"crossres": metadata.version("crossres"), **content}), end="", flush=True)


def columns(
    title: str, names: Sequence[str], rows: Sequence[Sequence[str]], *, quiet: bool = False
) -> None:
    """Print rows under column names, and log each.

    Args:
        title: Title of the table.
        names: Names of the columns.
        rows: Cells of each row.
        quiet: Whether they are logged only.
    """
    for row in rows:
        log_printed(f"{title}: {', '.join(map(' '.join, zip(names, row, strict=True)))}")
    if quiet:
        return
    table = Table(title=Text(title), box=SIMPLE_HEAD, title_justify="left")
    for name in names:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _console().print(table)
