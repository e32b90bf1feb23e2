"""Weights on contrasts they may not know, in the clinical sessions.

    python -m crossres.experiments.contrasts --data DATA --weights t1-t2-axial-x2 --factor 2

Each scan is the target once, with each other contrast of its session as guide and without. For
weights that work in the plane it is degraded there, enhanced, and compared with itself. For weights
that make slices thin there is no reference; they are asked what they learned from instead: to
restore the scan's own plane, one axis of which was made coarse (the rehearsal of ``enhance``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from crossres.cascade import Cascade
from crossres.datasets import Case, find_cases
from crossres.experiments.record import write_rows, write_summary
from crossres.experiments.scoring import Row, score_case, summarise
from crossres.experiments.skull_on import Source
from crossres.io import read
from crossres.pairing import fine_grid, pair_up
from crossres.rehearsal import rehearse
from crossres.types import GridError
from crossres.weights import load_weights, read_card

CONTRASTS = ("T2w", "FLAIR", "T1w")


def sessions(data: Path) -> Iterator[Case]:
    """Return target and guide of each session, for each two contrasts."""
    for target, guide in itertools.permutations(CONTRASTS, 2):
        yield from find_cases(data / "clinical", target=target, guide=guide)


def contrast_of(path: Path) -> str:
    """Return the BIDS suffix."""
    return path.name.split(".")[0].rsplit("_", 1)[1]


def in_plane(case: Case, factor: float, cascade: Cascade, every: int) -> float:
    """Degrade a scan in its plane, enhance it, and return the gain over bicubic, dB."""
    simulated = Source(case.name, case).simulate(factor, guided=cascade.guided, every=every)
    return summarise(score_case(cascade, simulated, case.name))["gain"]


def rehearsed(case: Case, factor: float, cascade: Cascade, every: int) -> float:
    """Restore the plane of thick slices; return the gain over cubic interpolation, dB."""
    assert case.guide is not None  # find_cases asked for one
    target = read(case.target)
    fine = fine_grid(target.grid, factor=(1, 1, factor))
    found = pair_up(target, read(case.guide) if cascade.guided else None, fine)
    slices = math.ceil(target.grid.shape[2] / every)
    return rehearse(cascade, found.pair, detail=found.detail, slices=slices).gain


def measure(case: Case, factor: float, cascades: tuple[Cascade, Cascade], every: int) -> Row | None:
    """Return the gains with this guide and without; None if the guide is too coarse to be one."""
    assert case.guide is not None
    gain = in_plane if cascades[0].axes == 2 else rehearsed
    try:
        guided, unguided = (gain(case, factor, cascade, every) for cascade in cascades)
    except GridError as refused:
        typer.echo(f"{case.name}: {refused}")
        return None
    return {
        "case": case.name,
        "target": contrast_of(case.target),
        "guide": contrast_of(case.guide),
        "guided": guided,
        "unguided": unguided,
    }


def means(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Average the gains over the sessions, by target and guide."""
    by_pair = itertools.groupby(rows, key=lambda row: f"{row['target']} guided by {row['guide']}")
    found = {pair: list(of_pair) for pair, of_pair in by_pair}
    return {
        pair: {n: sum(float(str(r[n])) for r in kept) / len(kept) for n in ("guided", "unguided")}
        for pair, kept in found.items()
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/.")],
    weights: Annotated[str, typer.Option(help="Shipped weights or a file, with guide.")],
    unguided: Annotated[str, typer.Option(help="The same without guide.")],
    factor: Annotated[float, typer.Option(help="In the plane, or across the slices.")],
    every: Annotated[int, typer.Option(help="Score every n-th axial slice.")] = 2,
    results: Annotated[Path, typer.Option()] = Path("results/contrasts"),
) -> None:
    """Enhance every contrast with every other one as guide."""
    cascades = load_weights(weights), load_weights(unguided)
    rows: list[Row] = []
    for case in sessions(data):
        row = measure(case, factor, cascades, every)
        rows += [] if row is None else [row]
        typer.echo(row)
    name = read_card(weights).name
    write_rows(rows, results / f"{name}.csv")
    made = {card.name: card.commit for card in (read_card(weights), read_card(unguided))}
    write_summary({"made": made, "mean": means(rows)}, results / f"{name}.json")


if __name__ == "__main__":
    typer.run(main)
