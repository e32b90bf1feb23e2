"""The option --version, of the program and of the verb that containers run."""

from __future__ import annotations

from typing import Annotated

import typer

from crossres.cli.panels import GENERAL


def _print_version(requested: bool) -> bool:
    """Print the versions of crossres, Python and torch, and exit."""
    if requested:
        import platform
        from importlib import metadata

        torch = metadata.version("torch")  # importing it takes seconds
        here = f"Python {platform.python_version()}, torch {torch}"
        typer.echo(f"crossres {metadata.version('crossres')} ({here})")
        raise typer.Exit
    return requested


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        callback=_print_version,
        is_eager=True,
        rich_help_panel=GENERAL,
        help="Print the versions of crossres, Python and torch.",
    ),
]
