"""crossres info: what a file holds and where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crossres.cli.options import examples

EXAMPLES = examples("crossres info T2.nii.gz")


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .nii or .nii.gz file.")],
) -> None:
    """Show shape, spacing, orientation, type and range of a NIfTI file."""
    from crossres.cli.tables import facts
    from crossres.io import describe

    facts(file.name, {name.replace("_", " "): _text(v) for name, v in describe(file).items()})


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return (" x " if len(value) == 3 else " to ").join(_text(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
