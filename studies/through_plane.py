"""Thick slices made thin: train on thick-slice scans, score on scans with isotropic detail.

    python -m studies.through_plane --data DATA --factor 5

Most scans of the cohort have fine detail in axial slices only. Two are scored: sub-02 and sub-14,
which have it across slices as well, and heads with an exact reference. Trains on the thick slices
of all others: on the detail in their plane, or (``--across``) on slices that contain the coarse
axis, made coarser still, as the paper does in the plane. Resumes from its checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from studies.console import PrintProgress
from studies.sources import (
    HELD_OUT,
    LABELS,
    Source,
    clinical_sources,
    label_sources,
    phantom_sources,
)

from crossres.inference import Cascade, Example, example_of, plane_example
from crossres.io import Case, find_cases, read
from crossres.physics import Acquisition, degrade
from crossres.registration import align
from crossres.reproduction.records import (
    commit,
    provenance,
    write_rows,
    write_summary,
)
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.training import STRUCTURES, Augmentation, External, Recipe, recipe
from crossres.volume import Pair, Volume, fine_grid
from crossres.weights import WeightCard, save_weights
from crossres.workflows.train import CardEntries, TrainingSet, fit_recipe, weight_card

SHARP_ACROSS = ("sub-02", "sub-14")
"""Subjects of the cohort with fine T2w detail along z, kept out of every training."""
UNSEEN_LABELS = (17,)
UNSEEN_SEEDS = (101,)
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


def thick(reference: Volume, guide: Volume | None, factor: float) -> Simulated:
    """Make slices ``factor`` times thicker; all volumes are reordered to sagittal slices."""
    reference = _sagittal(reference)
    target = degrade(reference, reference.grid.coarsened((1, factor, 1)))
    guide = None if guide is None else _sagittal(guide)
    return Simulated(Pair(target, reference.grid, guide), reference)


def _sagittal(volume: Volume) -> Volume:
    """Order the axes towards A, S, R, so that the scored slices show the coarse axis."""
    return volume.canonical().reordered((1, 2, 0), (False, False, False))


def thick_case(case: Case, factor: float, *, guided: bool = True) -> Simulated:
    """Return a case of the cohort with thick slices."""
    guide = read(case.guide) if guided and case.guide else None
    return thick(read(case.target), guide, factor)


def thick_head(source: Source, factor: float, *, guided: bool = True) -> Simulated:
    """Return a simulated head with thick slices."""
    guide, reference = source.images()
    return thick(reference, guide if guided else None, factor)


def clinical_pair(source: Source, factor: float, *, guided: bool) -> Pair:
    """Return a clinical session as it is, its guide aligned."""
    guide, target = source.images()
    fine = fine_grid(target.grid, factor=(1, 1, factor))
    return align(target, guide if guided else None, fine).pair


def squeezed(example: Example) -> Example:
    """Return the slices with voxels twice as long along i: thin slices are seldom as fine."""
    grid = example.coarse.coarsened((2, 1, 1))
    plane = Acquisition(example.coarse, grid)
    guide = None if example.guide is None else plane.forward(example.guide)
    target = plane.forward(example.target)
    return replace(example, target=target, coarse=grid, fine=grid, guide=guide)


def cohort_of(
    data: Path, factor: float, cut: Cut, *, guided: bool, scans_only: bool
) -> TrainingSet:
    """Return the training set: thick slices of the cohort, the clinic and simulated heads."""
    cases = [c for c in find_cases(data / "cohort") if c.name not in SHARP_ACROSS]
    clinic = [s for s in clinical_sources(data) if HELD_OUT not in s.name]
    pairs = [
        *(thick_case(c, factor, guided=guided).pair for c in cases),
        *(clinical_pair(s, factor, guided=guided) for s in clinic),
    ]
    examples = [cut(pair) for pair in pairs]
    names = (*(case.name for case in cases), *(scan.name for scan in clinic))
    grids = tuple((p.target.grid, p.fine) for p in pairs)
    scans = TrainingSet(names, tuple(examples), grids)
    if scans_only:
        return scans
    heads = [thick_head(s, factor, guided=guided).pair for s in label_sources(data, LABELS)]
    simulated = [cut(pair) for pair in heads] + [squeezed(e) for e in examples[len(cases) :]]
    return replace(scans, simulated=tuple(simulated))


def across(plan: Recipe) -> Recipe:
    """Return the recipe that trains on slices containing the coarse axis instead."""
    learning = plan.regime.learning
    upright = Augmentation(angles=(0.0, 180.0), guide_blur=learning.augmentation.guide_blur)
    return replace(plan, regime=External(replace(learning, augmentation=upright)))


def plan_for(factor: float, *, guided: bool, steps: int, seed: int) -> Recipe:
    """Return the recipe with varied intensities and synthetic unshared structures."""
    plan = recipe("through-plane", factor, guided=guided, steps=steps).with_training(seed=seed)
    return plan.with_augmentation(gain=0.2, gamma=0.3, structures=STRUCTURES)


def tested(data: Path, factor: float, *, guided: bool) -> dict[str, Simulated]:
    """Return what is scored, by name."""
    cases = [c for c in find_cases(data / "cohort") if c.name in SHARP_ACROSS]
    heads = [*label_sources(data, UNSEEN_LABELS), *phantom_sources(UNSEEN_SEEDS)]
    return {
        **{c.name: thick_case(c, factor, guided=guided) for c in cases},
        **{s.name: thick_head(s, factor, guided=guided) for s in heads},
    }


def evaluate(cascade: Cascade, data: Path, factor: float) -> dict[str, list[Row]]:
    """Score the cascade, sagittal slice by slice."""
    found = {}
    for name, simulated in tested(data, factor, guided=cascade.guided).items():
        found[name] = score_case(cascade, simulated, name)
        typer.echo(f"{name}: gain {summarise(found[name])['gain']:+.2f} dB")
    return found


def card_for(
    plan: Recipe, name: str, cohort: TrainingSet, made: Trained, scored: dict[str, list[Row]]
) -> WeightCard:
    """Return the card of the weights, with the scores on scans outside the training set."""
    entries = CardEntries(
        name=name, target="T2w", guide="T1w" if plan.settings["guided"] else None, data=DATA,
        command=str(provenance()["command"]), licence="Apache-2.0",
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
    unguided: Annotated[bool, typer.Option("--unguided", help="Leave the guide out.")] = False,
    scans_only: Annotated[
        bool, typer.Option("--scans-only", help="Train without simulated heads.")
    ] = False,
    from_across: Annotated[
        bool, typer.Option("--across", help="From slices with the coarse axis; scans only.")
    ] = False,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 2000,
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 2,
    seed: Annotated[int, typer.Option()] = 0,
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
    out: Annotated[
        Path | None, typer.Option(help="Folder to write the weights to, with their card.")
    ] = None,
) -> None:
    """Train, score, and write the weights where ``--out`` is given."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    kind = "-across" if from_across else "-scans-only" if scans_only else ""
    name = f"{'' if unguided else 't1-'}t2-through-plane-x{factor:g}{kind}"
    plan = plan_for(factor, guided=not unguided, steps=steps, seed=seed)
    plan = across(plan) if from_across else plan
    cut = partial(example_of if from_across else plane_example, every=every)
    cohort = cohort_of(data, factor, cut, guided=not unguided, scans_only=scans_only or from_across)
    made = fit_recipe(cohort, plan, work=runs / name, progress=PrintProgress())
    scored = evaluate(made[0], data, factor)
    write_rows([row for rows in scored.values() for row in rows], results / f"{name}.csv")
    means = {source: summarise(rows) for source, rows in scored.items()}
    write_summary({"mean": means, "factor": factor, "steps": steps}, results / f"{name}.json")
    if out is not None:
        card = card_for(plan, name, cohort, made, scored)
        save_weights(made[0], card, out / f"{name}.safetensors", overwrite=True)


if __name__ == "__main__":
    typer.run(main)
