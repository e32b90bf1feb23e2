r"""Weights on every contrast of the clinical sessions.

    python -m studies.contrasts --data DATA --weights t1-t2-axial-x2 \
        --unguided t2-axial-x2 --factor 2 --unseen

Each scan is the target once, with each other contrast of its session as guide and without. It is
degraded in its plane, enhanced, and compared with itself. The methods are the guided and the
unguided weights, their blend, the local regression on the guide, and the choice of `enhance`: the
blend, or the unguided weights where they have the higher self-validation gain. Each has its gain
over whole slices and in the eroded mask (4 mm). ``--unseen``: only sessions that no shipped weights
were trained on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from studies.any_contrast import FOLDERS
from studies.sources import Source

from crossres.inference import Blend, Cascade, Enhancer, GuidedRegression, self_validate
from crossres.inference.guide_intensity import fitted_to_guide
from crossres.io import Case, find_cases
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair
from crossres.weights import load_weights, read_card

CONTRASTS = ("T2w", "FLAIR", "T1w")
METHODS = ("guided", "unguided", "blended", "regression", "chosen")
COLUMNS = (*METHODS, *(f"{method}_eroded" for method in METHODS))
_SESSIONS = tuple(folder for folder in FOLDERS if folder[0] != "cohort")


def sessions(data: Path, *, unseen: bool = False) -> Iterator[tuple[str, str, Case]]:
    """Yield the contrasts of target and guide with each session, for each two contrasts."""
    pairs = itertools.permutations(CONTRASTS, 2)
    for (target, guide), (folder, contrasts, held_out) in itertools.product(pairs, _SESSIONS):
        if not {target, guide} <= set(contrasts) or not (data / folder).is_dir():
            continue
        for case in find_cases(data / folder, target=target, guide=guide):
            if case.name.startswith(held_out) or not unseen:
                yield target, guide, case


def gains(case: Case, factor: float, guided: Cascade, unguided: Cascade, every: int) -> Row:
    """Degrade a scan in its plane, enhance it with each method, and return gains over bicubic."""
    simulated = Source(case.name, case).simulate(factor, every=every)
    unguided_scan = replace(simulated, pair=Pair(simulated.pair.target, simulated.pair.fine))
    methods: dict[str, tuple[Enhancer, Simulated]] = {
        "guided": (guided, simulated), "unguided": (unguided, unguided_scan),
        "blended": (Blend(guided, unguided), simulated),
        "regression": (GuidedRegression(), simulated),
    }  # fmt: skip
    found: Row = {}
    for name, method in methods.items():
        mean = summarise(score_case(*method, case.name))
        found |= {name: mean["gain"], f"{name}_eroded": mean["gain_deep"]}
    validated = fitted_to_guide(guided, simulated.pair, detail=simulated.detail)[1].gain
    left_out = validated < self_validate(unguided, unguided_scan.pair).gain
    chosen = "unguided" if left_out else "blended"
    return {**found, "chosen": found[chosen], "chosen_eroded": found[f"{chosen}_eroded"]}


def means(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Average the gains over the sessions, by target and guide."""
    by_pair = itertools.groupby(rows, key=lambda row: f"{row['target']} guided by {row['guide']}")
    found = {pair: list(of_pair) for pair, of_pair in by_pair}
    return {
        pair: {n: sum(float(str(r[n])) for r in kept) / len(kept) for n in COLUMNS}
        for pair, kept in found.items()
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/.")],
    weights: Annotated[str, typer.Option(help="Shipped weights or a file, with guide.")],
    unguided: Annotated[str, typer.Option(help="The same without guide.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")],
    every: Annotated[int, typer.Option(help="Score every n-th axial slice.")] = 2,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Only sessions that no shipped weights have seen.")
    ] = False,
    results: Annotated[Path, typer.Option()] = Path("results/contrasts"),
) -> None:
    """Enhance every contrast with every other one as guide."""
    both = load_weights(weights), load_weights(unguided)
    rows: list[Row] = []
    for target, guide, case in sessions(data, unseen=unseen):
        found = gains(case, factor, *both, every)
        rows.append({"case": case.name, "target": target, "guide": guide, **found})
        typer.echo(rows[-1])
    cards = [read_card(weights), read_card(unguided)]
    write_rows(rows, results / f"{cards[0].name}.csv")
    summary = {"made": {card.name: card.commit for card in cards}, "mean": means(rows)}
    write_summary(summary, results / f"{cards[0].name}.json")


if __name__ == "__main__":
    typer.run(main)
