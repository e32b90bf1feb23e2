"""Thick slices made thin: train on thick-slice scans, score on scans with isotropic detail.

    python -m studies.through_plane --data DATA --factor 5
    python -m studies.through_plane --data DATA --factor 5 --any --gaps --spread 0.3

Most scans of the cohort have fine detail in axial slices only. Two are scored: sub-02 and sub-14,
which have it across slices as well, and heads with an exact reference. Trains on the thick slices
of all others: on the detail in their plane, or (``--across``) on slices that contain the coarse
axis, made coarser still, as the paper does in the plane. Guides are aligned with the thick slices.
Makes the guided and the unguided weights, both trained on the same images, prepared once.
``--any`` trains weights for any contrast, ``--gaps`` for slices with gaps or overlap. Resumes from
its checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from studies import any_contrast
from studies.console import PrintProgress
from studies.make_weights import KINDS, POPULATION, Kind, name_of
from studies.sources import (
    HELD_OUT,
    LABELS,
    clinical_sources,
    label_sources,
    phantom_sources,
)
from studies.thick_slices import clinical_pair, squeezed, thick, thick_case, thick_head
from studies.weights_index import next_version

from crossres.inference import Cascade, Example, example_of, plane_example
from crossres.io import find_cases
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import (
    commit,
    provenance,
    write_rows,
    write_summary,
)
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.training import Augmentation, External, Recipe, recipe
from crossres.types import GridError
from crossres.volume import Pair
from crossres.weights import WeightCard, save_weights
from crossres.weights.card import ANY
from crossres.workflows.train import CardEntries, TrainingSet, fit_recipe, weight_card

SHARP_ACROSS = ("sub-02", "sub-14")
"""Subjects of the cohort with fine T2w detail along z, kept out of every training."""
UNSEEN_LABELS = (17,)
UNSEEN_SEEDS = (101,)
PROFILES = (0.5, 1.2)
"""FWHM of slices with gaps or overlap, as multiples of their distance."""
ACROSS = 1.0
"""Spacing across slices of enhanced clinical scans, mm."""

DATA = (
    "18 subjects of BraTS 2021, BraTS 2023 and UPENN-GBM (CC BY 4.0; arXiv 2107.02314, doi "
    "10.1038/s41597-022-01560-7), their slices made thick, and 2 clinical sessions of Lesjak et "
    "al. 2017 (CC BY, doi 10.1007/s12021-017-9348-7) as they are; 8 heads simulated from label "
    "maps of Billot et al. 2023 (Apache-2.0, doi 10.1016/j.media.2023.102789), slices made thick"
)

Cut = Callable[[Pair], Example]
Trained = tuple[Cascade, list[list[float]]]


def cohort_of(data: Path, factor: float, cut: Cut, *, scans_only: bool, kept: Path) -> TrainingSet:
    """Return the training set: thick slices of the cohort, the clinic and simulated heads."""
    cases = [c for c in find_cases(data / "cohort") if c.name not in SHARP_ACROSS]
    clinic = [s for s in clinical_sources(data) if HELD_OUT not in s.name]
    pairs = {
        **{c.name: thick_case(c, factor, kept=kept).pair for c in cases},
        **{s.name: clinical_pair(s, factor, kept) for s in clinic},
    }
    scans = _training_set(pairs, cut)
    if scans_only:
        return scans
    heads = [thick_head(s, factor).pair for s in label_sources(data, LABELS)]
    return _with_simulated(scans, [cut(pair) for pair in heads], len(clinic))


def cohort_of_any_contrast(data: Path, factor: float, cut: Cut, *, kept: Path) -> TrainingSet:
    """Return the training set of weights for any contrast.

    Pairs of which the guide is coarser across the slices than the target are left out.
    """
    pairs: dict[str, Pair] = {}
    for source in any_contrast.real_sources(data):
        assert source.case is not None  # they are real
        thin_slices = source.name.startswith("cohort")
        if thin_slices and source.case.name in SHARP_ACROSS:
            continue
        try:
            pairs[source.name] = (
                thick_case(source.case, factor, kept=kept).pair
                if thin_slices
                else clinical_pair(source, factor, kept)
            )
        except GridError as error:
            typer.echo(f"left out: {source.name}: {error}")
    heads = any_contrast.random_pairs(data)
    thick_heads = [thick(pair.target, pair.guide, factor).pair for pair in heads]
    clinic = sum(not name.startswith("cohort") for name in pairs)
    return _with_simulated(_training_set(pairs, cut), [cut(pair) for pair in thick_heads], clinic)


def _training_set(pairs: dict[str, Pair], cut: Cut) -> TrainingSet:
    grids = tuple((pair.target.grid, pair.fine) for pair in pairs.values())
    return TrainingSet(tuple(pairs), tuple(map(cut, pairs.values())), grids)


def _with_simulated(scans: TrainingSet, heads: list[Example], clinic: int) -> TrainingSet:
    """Add simulated heads, and the clinical scans, which come last, with wider voxels."""
    wide = [squeezed(example) for example in scans.examples[len(scans.examples) - clinic :]]
    return replace(scans, simulated=(*heads, *wide))


def across(plan: Recipe) -> Recipe:
    """Return the recipe that trains on slices containing the coarse axis instead."""
    learning = plan.regime.learning
    upright = Augmentation(angles=(0.0, 180.0), guide_blur=learning.augmentation.guide_blur)
    return replace(plan, regime=External(replace(learning, augmentation=upright)))


def plan_for(factor: float, *, guided: bool, steps: int, seed: int) -> Recipe:
    """Return the recipe with varied intensities."""
    plan = recipe("through-plane", factor, guided=guided, steps=steps).with_training(seed=seed)
    return plan.with_augmentation(gain=0.2, gamma=0.3)


def widened(plan: Recipe, *, any_set: bool, gaps: bool, spread: float | None) -> Recipe:
    """Return the recipe for any contrast, for slices with gaps, or for more factors."""
    if any_set:
        plan = plan.with_augmentation(bend=any_contrast.BEND, fold=any_contrast.FOLD)
    if gaps:
        plan = plan.with_learning(profile=PROFILES)
    return plan if spread is None else plan.with_learning(spread=spread)


def tested(data: Path, factor: float, *, guided: bool, kept: Path | None) -> dict[str, Simulated]:
    """Return what is scored, by name."""
    cases = [c for c in find_cases(data / "cohort") if c.name in SHARP_ACROSS]
    heads = [*label_sources(data, UNSEEN_LABELS), *phantom_sources(UNSEEN_SEEDS)]
    return {
        **{c.name: thick_case(c, factor, guided=guided, kept=kept) for c in cases},
        **{s.name: thick_head(s, factor, guided=guided) for s in heads},
    }


def evaluate(cascade: Cascade, data: Path, factor: float, kept: Path) -> dict[str, list[Row]]:
    """Score the cascade, sagittal slice by slice."""
    found = {}
    for name, simulated in tested(data, factor, guided=cascade.guided, kept=kept).items():
        found[name] = score_case(cascade, simulated, name)
        typer.echo(f"{name}: gain {summarise(found[name])['gain']:+.2f} dB")
    return found


def write_scores(scored: dict[str, list[Row]], path: Path, settings: Row) -> None:
    """Write a row for each slice, and the means with what they depend on."""
    write_rows([row for rows in scored.values() for row in rows], Path(f"{path}.csv"))
    means = {source: summarise(rows) for source, rows in scored.items()}
    write_summary({"mean": means, **settings}, Path(f"{path}.json"))


def card_for(
    plan: Recipe,
    name: str,
    cohort: TrainingSet,
    made: Trained,
    scored: dict[str, list[Row]],
    *,
    any_set: bool,
    changes: str = "",
) -> WeightCard:
    """Return the card of the weights, with measurements on unseen scans."""
    target, guide = (ANY, ANY) if any_set else ("T2w", "T1w")
    entries = CardEntries(
        name=name, target=target, guide=guide if plan.settings["guided"] else None,
        data=any_contrast.THICK_DATA if any_set else DATA,
        command=str(provenance()["command"]), licence="Apache-2.0",
        version=next_version(name), changes=changes,
        population=(any_contrast.POPULATION if any_set else POPULATION).format(18),
    )  # fmt: skip
    card = weight_card(cohort, plan, *made, entries)
    found = {
        f"{source}, {cohort.factor:.3g}x across": f"{summarise(rows)['gain']:+.2f} dB over cubic"
        for source, rows in scored.items()
    }
    return card.model_copy(update={"commit": commit(), "results": found})


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[
        float, typer.Option(help="Slice thickness, as a multiple of the fine spacing.")
    ],
    scans_only: Annotated[
        bool, typer.Option("--scans-only", help="Train without simulated heads.")
    ] = False,
    from_across: Annotated[
        bool, typer.Option("--across", help="From slices with the coarse axis; scans only.")
    ] = False,
    any_set: Annotated[bool, typer.Option("--any", help="Weights for any contrast.")] = False,
    only: Annotated[Kind | None, typer.Option(help="Make one of the two.")] = None,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Slice profiles from 0.5 to 1.2 of the distance.")
    ] = False,
    spread: Annotated[
        float | None, typer.Option(help="Factors from FACTOR^(1 - spread) to FACTOR^(1 + spread).")
    ] = None,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 3000,
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 2,
    seed: Annotated[int, typer.Option()] = 0,
    changes: Annotated[
        str, typer.Option(help="What changed since the version before, for the card.")
    ] = "",
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
    out: Annotated[
        Path | None, typer.Option(help="Folder to write the weights to, with their card.")
    ] = None,
) -> None:
    """Train, score, and write the weights where ``--out`` is given."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    images = "-across" if from_across else "-scans-only" if scans_only else ""
    cut = partial(example_of if from_across else plane_example, every=every)
    kept = runs / ALIGNED
    cohort = (
        cohort_of_any_contrast(data, factor, cut, kept=kept)
        if any_set
        else cohort_of(data, factor, cut, scans_only=scans_only or from_across, kept=kept)
    )
    for kind in (only,) if only else KINDS:
        name = f"{name_of(kind, factor, any_set=any_set, plane='through-plane')}{images}"
        plan = plan_for(factor, guided=kind == "guided", steps=steps, seed=seed)
        plan = across(plan) if from_across else plan
        plan = widened(plan, any_set=any_set, gaps=gaps, spread=spread)
        made = fit_recipe(cohort, plan, work=runs / name, progress=PrintProgress())
        scored = evaluate(made[0], data, factor, kept)
        write_scores(scored, results / name, {"factor": factor, "steps": steps})
        if out is not None:
            card = card_for(plan, name, cohort, made, scored, any_set=any_set, changes=changes)
            save_weights(made[0], card, out / f"{name}.safetensors", overwrite=True, half=True)


if __name__ == "__main__":
    typer.run(main)
