"""Weights on contrasts they may not know, in the clinical sessions.

    python -m crossres.experiments.contrasts --data DATA --weights t1-t2-axial-x2 --factor 2

Each scan is the target once, with each other contrast of its session as guide and without: it is
degraded in its plane, enhanced, and compared with itself. Beside the weights stands the local
regression on the guide, which knows no contrast.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from crossres.cascade import Sharpener
from crossres.datasets import Case, find_cases
from crossres.experiments.record import write_rows, write_summary
from crossres.experiments.scoring import Row, score_case, summarise
from crossres.experiments.skull_on import Source
from crossres.guided_regression import GuidedRegression
from crossres.weights import load_weights, read_card

CONTRASTS = ("T2w", "FLAIR", "T1w")
METHODS = ("guided", "unguided", "regression")


def sessions(data: Path) -> Iterator[tuple[str, str, Case]]:
    """Yield the contrasts of target and guide with each session, for each two contrasts."""
    for target, guide in itertools.permutations(CONTRASTS, 2):
        for case in find_cases(data / "clinical", target=target, guide=guide):
            yield target, guide, case


def gain(case: Case, factor: float, cascade: Sharpener, every: int) -> float:
    """Degrade a scan in its plane, enhance it, and return the gain over bicubic, dB."""
    simulated = Source(case.name, case).simulate(factor, guided=cascade.guided, every=every)
    return summarise(score_case(cascade, simulated, case.name))["gain"]


def means(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Average the gains over the sessions, by target and guide."""
    by_pair = itertools.groupby(rows, key=lambda row: f"{row['target']} guided by {row['guide']}")
    found = {pair: list(of_pair) for pair, of_pair in by_pair}
    return {
        pair: {n: sum(float(str(r[n])) for r in kept) / len(kept) for n in METHODS}
        for pair, kept in found.items()
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/.")],
    weights: Annotated[str, typer.Option(help="Shipped weights or a file, with guide.")],
    unguided: Annotated[str, typer.Option(help="The same without guide.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")],
    every: Annotated[int, typer.Option(help="Score every n-th axial slice.")] = 2,
    results: Annotated[Path, typer.Option()] = Path("results/contrasts"),
) -> None:
    """Enhance every contrast with every other one as guide."""
    made_of = (load_weights(weights), load_weights(unguided), GuidedRegression())
    cascades: dict[str, Sharpener] = dict(zip(METHODS, made_of, strict=True))
    rows: list[Row] = []
    for target, guide, case in sessions(data):
        gains = {name: gain(case, factor, made, every) for name, made in cascades.items()}
        rows.append({"case": case.name, "target": target, "guide": guide, **gains})
        typer.echo(rows[-1])
    cards = [read_card(weights), read_card(unguided)]
    write_rows(rows, results / f"{cards[0].name}.csv")
    summary = {"made": {card.name: card.commit for card in cards}, "mean": means(rows)}
    write_summary(summary, results / f"{cards[0].name}.json")


if __name__ == "__main__":
    typer.run(main)
