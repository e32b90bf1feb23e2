r"""Settings that the paper leaves open: single changes at a small budget, then at a larger one.

    python -m studies.variants --data DATA/cohort --factor 4
    python -m studies.variants --data DATA/cohort --size full --steps 1000 \
        --only base,batch-norm,batch-norm+ibp-1

Trains on 12 subjects and scores 3 others; the test subjects of fold 1 are not used. Variants that
the result file already has are not run again. Changes joined by + are made together. With
``--clinical DATA/clinical`` the gain on two unseen skull-on sessions is measured too. With
``--heads DATA`` heads simulated from the label maps there are added to the training set.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache, reduce
from pathlib import Path
from typing import Annotated, Literal

import typer
from studies.changes import (
    SCANS_ALONE,
    VALIDATION,
    Change,
    learning,
    network,
    regime,
    training,
    varied,
    with_network,
)
from studies.sources import LABELS, Source, label_sources

from crossres.inference import Cascade, Example
from crossres.io import Case, find_cases
from crossres.physics import BackProjection
from crossres.reproduction.records import provenance, read_rows, write_rows
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import (
    FOLD_1,
    Simulated,
    low_resolution_examples,
    simulate,
)
from crossres.training import Recipe, recipe
from crossres.training.patches import PAPER
from crossres.types import SettingsError

SKULL_ON = ("sub-01", "sub-04")
"""Clinical sessions for choices; the third is left for the final test."""

SMALL = with_network("guided-rdn", blocks=3, layers=3, width=16, norm="none")
"""The small network of 0.08 M parameters, for every change."""
FULL = with_network("guided-rdn", blocks=4, layers=3, width=24, norm="none")
"""A network of 0.2 M parameters."""
Size = Literal["small", "full"]
SIZES: dict[Size, Change] = {"small": SMALL, "full": FULL}
"""The network that every variant changes."""

VARIANTS: dict[str, Change] = {
    "base": lambda plan: plan,
    "batch-norm": network(norm="batch"),
    "unguided": network(guided=False),
    "fusion-per-block": network(fusion="per-block"),
    "blocks-2-layers-5": network(blocks=2, layers=5),
    "blocks-6-layers-2": network(blocks=6, layers=2),
    "blocks-4-width-24": network(blocks=4, width=24),
    "blocks-3-width-32": network(width=32),
    "deblur-noise-0": learning(deblur_noise=0.0),
    "deblur-noise-0.03": learning(deblur_noise=0.03),
    "deblur-noise-0.3": learning(deblur_noise=0.3),
    "augmentation-paper": learning(augmentation=PAPER),
    "intensities-varied": varied(gain=0.2, gamma=0.3),
    "guide-blur-2": varied(guide_blur=2.0),
    "guide-blur-3": varied(guide_blur=3.0),
    "rescale": learning(rescale=(1.0, 0.8, 0.65)),
    "factors-spread": learning(spread=0.3),
    "ibp-1": learning(back_projection=BackProjection("iterative")),
    "loss-before-projection": training(agree=False),
    "rate-3e-3": training(rate=3e-3),
    "l2": training(loss="l2"),
    "no-averaging": training(averaging=0.0),
    "stages-3": regime(stages=3),
    "retrained": regime(shared=False),
    "pseudo-targets": regime(pseudo_targets=True),
}


def combined(names: str) -> Change:
    """Return the changes named, joined by +, as one.

    Raises:
        SettingsError: No change has one of the names.
    """
    unknown = [name for name in names.split("+") if name not in VARIANTS]
    if unknown:
        raise SettingsError(f"no variant {', '.join(unknown)}; choose from {', '.join(VARIANTS)}")
    return lambda plan: reduce(lambda p, name: VARIANTS[name](p), names.split("+"), plan)


def evaluate(
    name: str,
    plan: Recipe,
    cases: Sequence[Case],
    factor: float,
    every: int,
    clinical: Path | None = None,
    heads: Path | None = None,
) -> Row:
    """Train one variant and return its row of results."""
    guided = bool(plan.settings["guided"])
    train = [c for c in cases if c.name not in (*FOLD_1, *VALIDATION)]
    start = time.perf_counter()
    examples = _examples(tuple(train), factor, guided, every)
    simulated = [] if heads is None else _heads(heads, factor, guided, 4 * every)
    cascade, curves = plan.regime.fit(plan.make, examples, simulated=simulated)
    seconds = time.perf_counter() - start
    validation = [c for c in cases if c.name in VALIDATION]
    mean = summarise([row for c in validation for row in _rows(cascade, c, factor, guided)])
    parameters = sum(p.numel() for p in cascade.networks[0].parameters())
    settings = {
        "parameters": parameters,
        "training_seconds": round(seconds),
        "loss": curves[-1][-1],
        "skull_on_gain": "" if clinical is None else _skull_on(cascade, clinical, factor, guided),
    }
    return {"variant": name, **settings, **mean, **provenance()}


def _rows(cascade: Cascade, case: Case, factor: float, guided: bool) -> list[Row]:
    """Return the scores of every eighth slice."""
    return score_case(cascade, _simulated(case, factor, guided), case.name)


def _skull_on(cascade: Cascade, clinical: Path, factor: float, guided: bool) -> float:
    """Return the mean gain over bicubic on scans unlike the training set."""
    scans = _sessions(clinical, factor, guided)
    return summarise([row for scan in scans for row in score_case(cascade, scan, "")])["gain"]


@cache
def _sessions(clinical: Path, factor: float, guided: bool) -> list[Simulated]:
    sources = [Source(case.name, case=case) for case in find_cases(clinical)]
    chosen = [source for source in sources if source.name.startswith(SKULL_ON)]
    return [source.simulate(factor, guided=guided, every=3) for source in chosen]


@cache
def _examples(cases: tuple[Case, ...], factor: float, guided: bool, every: int) -> list[Example]:
    return low_resolution_examples(cases, factor, guided=guided, every=every)


@cache
def _heads(data: Path, factor: float, guided: bool, every: int) -> list[Example]:
    sources = label_sources(data, LABELS)
    return [e for s in sources for e in s.levels(factor, guided=guided, every=every)]


@cache
def _simulated(case: Case, factor: float, guided: bool) -> Simulated:
    return simulate(case, factor, guided=guided, every=8)


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")] = 4.0,
    steps: Annotated[int, typer.Option(help="Optimiser steps per trained stage.")] = 400,
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 4,
    size: Annotated[Size, typer.Option(help="Network that the changes are made to.")] = "small",
    only: Annotated[str, typer.Option(help="Variants to run, by comma; all if empty.")] = "",
    clinical: Annotated[Path | None, typer.Option(help="Folder with skull-on scans.")] = None,
    heads: Annotated[Path | None, typer.Option(help="Folder with labels/ to simulate.")] = None,
    results: Annotated[Path, typer.Option()] = Path("results/variants"),
) -> None:
    """Run the variants that are not in the result file yet."""
    marks = [f"x{factor:g}", *([size] if size != "small" else []), *(["heads"] if heads else [])]
    path = results / f"{'-'.join(marks)}.csv"
    cases = find_cases(data)
    chosen = {name: combined(name) for name in (only.split(",") if only else VARIANTS)}
    for name, change in chosen.items():
        if name in {row["variant"] for row in read_rows(path)}:
            continue
        plan = change(SIZES[size](SCANS_ALONE(recipe("default", factor, steps=steps))))
        row = evaluate(name, plan, cases, factor, every, clinical, heads)
        write_rows([*read_rows(path), row], path)
        typer.echo(f"{name}: gain {row['gain']:.2f} dB, PSNR {row['psnr']:.2f}")


if __name__ == "__main__":
    typer.run(main)
