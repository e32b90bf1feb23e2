"""Draw the results of the shortfall study: single changes, and the ladder to the default.

python -m studies.shortfall_chart --measured results/shortfall/x4-cpu.csv
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Annotated

import typer
from studies.shortfall_trials import BASE, is_rung

from crossres.report import default_style
from crossres.reproduction.figures import new_figure, save
from crossres.reproduction.records import read_rows
from crossres.types import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Gains = Mapping[str, Sequence[float]]
"""Gains over bicubic interpolation in dB by trial, one for each seed."""
Bar = tuple[str, Sequence[float]]
"""A trial's name in the chart, and its gains."""


def gains_in(path: Path) -> dict[str, list[float]]:
    """Return the gains of each trial in a result file, one for each seed.

    Raises:
        SettingsError: The proposed method, the baseline of all others, is not among them.
    """
    found: dict[str, list[float]] = {}
    for row in read_rows(path):
        found.setdefault(row["trial"], []).append(float(row["gain"]))
    if BASE not in found:
        raise SettingsError(
            f"{path.name} has no trial {BASE!r}, the baseline of all others; run it"
        )
    return found


def changes(gains: Gains) -> list[Bar]:
    """Return single changes with their gains over bicubic in dB, the best on average first."""
    single = [(name, found) for name, found in gains.items() if not is_rung(name)]
    return sorted(single, key=lambda bar: -mean(bar[1]))


def rungs(gains: Gains) -> list[Bar]:
    """Return the rungs from the proposed method on, in their order."""
    ladder = {n.split(": ", 1)[1]: g for n, g in gains.items() if is_rung(n)}
    return [(BASE, gains[BASE]), *((f"+ {name}", found) for name, found in ladder.items())]


@default_style()
def chart(gains: Gains) -> Figure:
    """Draw single changes on the left and the ladder on the right, on one scale."""
    both = changes(gains), rungs(gains)
    height = 1.2 + 0.3 * max(len(side) for side in both)
    figure = new_figure(13, height)
    left, right = figure.subplots(1, 2, sharex=True)
    _bars(left, both[0], mean(gains[BASE]), "one thing changed,\nor trained on references")
    _bars(right, both[1], mean(gains[BASE]), "changes on top of each other,\nequal steps")
    every = list(chain.from_iterable(gains.values()))
    left.set_xlim(min(0, *every), 1.15 * max(every))
    return figure


def _bars(axis: Axes, named: Sequence[Bar], base: float, title: str) -> None:
    """Draw means as bars, each training as a dot."""
    for place, (name, found) in enumerate(named):
        colour = "#9aa0a6" if name == BASE else "#1f78d1"
        axis.barh(place, mean(found), color=colour)
        axis.plot(found, [place] * len(found), "o", color="#12355b", markersize=3)
        axis.annotate(
            f"{mean(found):+.2f}", (max(found), place), (5, 0), textcoords="offset points",
            va="center", fontsize=8,
        )  # fmt: skip
    axis.set_yticks(range(len(named)), [name for name, _ in named])
    axis.axvline(base, color="#9aa0a6", linewidth=1)
    axis.invert_yaxis()
    axis.set_xlabel("PSNR over bicubic, dB\n(mean; dots: trainings)")
    axis.set_title(title, fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def main(
    measured: Annotated[Path, typer.Option(help="Result file of the shortfall study.")],
    out: Annotated[Path, typer.Option(help="Folder for the picture.")] = Path("docs/figures"),
) -> None:
    """Draw the chart of a result file."""
    typer.echo(save(chart(gains_in(measured)), out / f"shortfall-{measured.stem}.png"))


if __name__ == "__main__":
    typer.run(main)
