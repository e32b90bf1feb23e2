"""Weights on unseen scans: other scanners, with skull, simulated heads and phantoms.

    python -m studies.robustness --data DATA --weights t1-t2-axial-x4 --factor 4

``--cohort sub-03`` scores this subject of the cohort instead; weights of the package were trained
on its degraded scan.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from studies.blended import SUFFIX, blend_of
from studies.sources import (
    Source,
    clinical_sources,
    label_sources,
    other_site_sources,
    phantom_sources,
)

from crossres.inference import Enhancer
from crossres.io import find_cases
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.weights import load_weights, read_card

UNSEEN_LABELS = (17, 18)
"""Label maps kept out of every training."""
UNSEEN_SEEDS = (101, 102)


def sources(data: Path) -> list[Source]:
    """Return all scored sources; the table of results marks those of the training set."""
    return [
        *clinical_sources(data),
        *other_site_sources(data),
        *label_sources(data, UNSEEN_LABELS),
        *phantom_sources(UNSEEN_SEEDS),
    ]


def cohort_sources(data: Path, names: Sequence[str]) -> list[Source]:
    """Return subjects of the cohort."""
    cases = find_cases(data / "cohort")
    return [Source(f"cohort {case.name}", case=case) for case in cases if case.name in names]


def evaluate(
    cascade: Enhancer, chosen: Iterable[Source], factor: float, every: int
) -> dict[str, list[Row]]:
    """Score a cascade on each source; rows of slices by source."""
    scored = {}
    for source in chosen:
        simulated = source.simulate(factor, guided=cascade.guided, every=every)
        scored[source.name] = score_case(cascade, simulated, source.name)
        typer.echo(f"{source.name}: gain {summarise(scored[source.name])['gain']:+.2f} dB")
    return scored


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/, other_site/ and labels/.")],
    weights: Annotated[str, typer.Option(help="Shipped weights or a file.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")],
    every: Annotated[int, typer.Option(help="Score every n-th axial slice.")] = 4,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Average over the self-ensemble.")
    ] = False,
    cohort: Annotated[
        list[str] | None, typer.Option(help="Score these subjects of the cohort instead.")
    ] = None,
    results: Annotated[Path, typer.Option()] = Path("results/robustness"),
    blend: Annotated[
        bool, typer.Option("--blend", help="Blend with the unguided weights of their kind.")
    ] = False,
) -> None:
    """Degrade each scan in its plane, enhance it with the weights, score it beside bicubic."""
    card = read_card(weights)
    name = f"{card.name}{SUFFIX * blend}{'-ensemble' * ensemble}{'-cohort' * bool(cohort)}"
    cascade = blend_of(weights) if blend else load_weights(weights)
    chosen = cohort_sources(data, cohort) if cohort else sources(data)
    scored = evaluate(cascade.self_ensemble() if ensemble else cascade, chosen, factor, every)
    write_rows(list(itertools.chain(*scored.values())), results / f"{name}.csv")
    means = {source: summarise(rows) for source, rows in scored.items()}
    content = {"weights": name, "made": card.commit, "factor": factor, "mean": means}
    write_summary(content, results / f"{name}.json")


if __name__ == "__main__":
    typer.run(main)
