"""Draw what the shortfall experiment measured: single changes, and the ladder to the default.

python -m crossres.experiments.shortfall_chart --measured results/shortfall/x4-cpu.csv
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.experiments.record import read_rows
from crossres.experiments.reproduction.figures import new_figure, save
from crossres.experiments.shortfall import BASE, is_rung
from crossres.types import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Gains = Mapping[str, float]
"""Gain over bicubic interpolation in dB, by trial."""


def gains_in(path: Path) -> dict[str, float]:
    """Return the gain of each trial in a result file.

    Raises:
        SettingsError: The proposed method, which all are compared with, is not among them.
    """
    found = {row["trial"]: float(row["gain"]) for row in read_rows(path)}
    if BASE not in found:
        raise SettingsError(f"{path.name} has no trial {BASE!r}: run it, all are compared with it")
    return found


def changes(gains: Gains) -> list[tuple[str, float]]:
    """Return what is no rung, with its gain over bicubic in dB, the best first."""
    single = [(name, gain) for name, gain in gains.items() if not is_rung(name)]
    return sorted(single, key=lambda pair: -pair[1])


def rungs(gains: Gains) -> list[tuple[str, float]]:
    """Return the rungs from the proposed method on, in their order."""
    ladder = {n.split(": ", 1)[1]: g for n, g in gains.items() if is_rung(n)}
    return [(BASE, gains[BASE]), *((f"+ {name}", gain) for name, gain in ladder.items())]


def chart(gains: Gains) -> Figure:
    """Draw single changes on the left and the ladder on the right, on one scale."""
    both = changes(gains), rungs(gains)
    height = 1.2 + 0.3 * max(len(side) for side in both)
    figure = new_figure(11, height)
    left, right = figure.subplots(1, 2, sharex=True)
    _bars(left, both[0], gains[BASE], "one thing changed, or taught by references")
    _bars(right, both[1], gains[BASE], "changes on top of each other, equal steps")
    left.set_xlim(min(0, *gains.values()), 1.15 * max(gains.values()))
    return figure


def _bars(axis: Axes, named: Sequence[tuple[str, float]], base: float, title: str) -> None:
    names, values = zip(*named, strict=True)
    colours = ["#9aa0a6" if name == BASE else "#1f78d1" for name in names]
    bars = axis.barh(names, values, color=colours)
    axis.bar_label(bars, fmt="%+.2f", padding=3, fontsize=8)
    axis.axvline(base, color="#9aa0a6", linewidth=1)
    axis.invert_yaxis()
    axis.set_xlabel("PSNR over bicubic, dB")
    axis.set_title(title, fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def main(
    measured: Annotated[Path, typer.Option(help="Result file of the shortfall experiment.")],
    out: Annotated[Path, typer.Option(help="Folder for the picture.")] = Path("docs/figures"),
) -> None:
    """Draw the chart of a result file."""
    typer.echo(save(chart(gains_in(measured)), out / f"shortfall-{measured.stem}.png"))


if __name__ == "__main__":
    typer.run(main)
