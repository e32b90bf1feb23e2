"""Loss curves as CSV and PNG."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from crossres.files import atomic
from crossres.report import default_style, png

Curves: TypeAlias = Sequence[Sequence[float]]
"""Mean loss of each epoch, per trained stage."""


def write_curve(curves: Curves, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the loss curve as CSV: stage, epoch, mean loss.

    Args:
        curves: Mean loss of each epoch, per trained stage.
        path: The file.
        overwrite: Whether an existing file is replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
    """
    with (
        atomic(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["stage", "epoch", "loss"])
        for stage, curve in enumerate(curves, start=1):
            rows.writerows([stage, epoch, loss] for epoch, loss in enumerate(curve, start=1))


@default_style()
def draw_curve(curves: Curves, path: str | Path, *, overwrite: bool = False) -> None:
    """Draw the loss curve as PNG, on a logarithmic scale.

    Args:
        curves: Mean loss of each epoch, per trained stage.
        path: The file.
        overwrite: Whether an existing file is replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = figure.add_subplot(xlabel="epoch", ylabel="mean loss", yscale="log")
    for stage, curve in enumerate(curves, start=1):
        axes.plot(range(1, len(curve) + 1), curve, label=f"stage {stage}")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(png(figure))
