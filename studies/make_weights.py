"""Make the shipped weights: external training on low-resolution images alone.

    python -m studies.make_weights --data DATA --factor 4
    python -m studies.make_weights --data DATA --factor 4 --any

Makes the guided and the unguided weights, both trained on the same images, prepared once: the
degraded scans of all 20 subjects of the cohort and of the clinical sessions that are not held out.
Every scan is degraded once; its original is not used again. Guides are aligned with the degraded
scans. Heads simulated from label maps (with skull) show fine grids as well. ``--any`` trains
weights for any contrast (:mod:`studies.any_contrast`). Resumes from its checkpoint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer
from studies import any_contrast
from studies.changes import PSEUDO_TARGETS
from studies.console import PrintProgress
from studies.sources import HELD_OUT, LABELS, clinical_sources, label_sources
from studies.weights_index import next_version

from crossres.inference import Cascade, example_of
from crossres.io import find_cases
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import commit, provenance, read_summary
from crossres.reproduction.simulated import low_resolution_examples
from crossres.training import Recipe, recipe
from crossres.weights import (
    WeightCard,
    load_weights,
    read_card,
    save_weights,
)
from crossres.weights.card import ANY
from crossres.workflows.train import (
    CardEntries,
    Curves,
    TrainingSet,
    fit_recipe,
    weight_card,
)

Kind: TypeAlias = Literal["guided", "unguided"]
KINDS: tuple[Kind, ...] = ("guided", "unguided")
GUIDE_BLUR = 2.0
"""Pixels; at 2x a guide may be half as fine as the grid."""
FOLD_RESULT = "other weights of this network, trained on 15 subjects, on 5 others"
DATA = (
    "20 subjects of BraTS 2021, BraTS 2023 and UPENN-GBM (CC BY 4.0; arXiv 2107.02314, doi "
    "10.1038/s41597-022-01560-7), 2 clinical sessions of Lesjak et al. 2017 (CC BY, doi "
    "10.1007/s12021-017-9348-7), the T2w of each degraded in the axial plane; 8 heads simulated "
    "from label maps of Billot et al. 2023 (Apache-2.0, doi 10.1016/j.media.2023.102789)"
)


POPULATION = (
    "{} patients with a brain tumour (several sites, skull-stripped), 2 patients with multiple "
    "sclerosis (with skull); 8 simulated heads"
)


def name_of(kind: Kind, factor: float, *, any_set: bool, plane: str = "axial") -> str:
    """Return the name of a set of weights: contrasts, plane and factor."""
    guided, unguided = ("guided-any", ANY) if any_set else ("t1-t2", "t2")
    return f"{guided if kind == 'guided' else unguided}-{plane}-x{factor:g}"


def plan_for(
    factor: float, guided: bool, steps: int, seed: int, *, any_set: bool = False
) -> Recipe:
    """Return the default recipe with varied intensities and guide resolution, and pseudo-targets.

    Contrasts of other scanners differ, and their guides may be coarser than the fine grid. For
    weights for any contrast some intensities are bent.
    """
    plan = recipe("default", factor, guided=guided, steps=steps).with_training(seed=seed)
    plan = plan.with_augmentation(gain=0.2, gamma=0.3, guide_blur=GUIDE_BLUR)
    plan = PSEUDO_TARGETS(plan)
    bent = {"bend": any_contrast.BEND, "fold": any_contrast.FOLD} if any_set else {}
    return plan.with_augmentation(**bent)


def images_of_any_contrast(data: Path, factor: float, *, every: int, kept: Path) -> TrainingSet:
    """Return all training images of weights for any contrast, with their guides."""
    sources = any_contrast.real_sources(data)
    examples = []
    for source in sources:
        thin = every if source.name.startswith("cohort") else 1
        simulated = source.simulate(factor, every=thin, kept=kept)
        examples.append(example_of(simulated.pair))
    return TrainingSet(
        names=tuple(source.name for source in sources),
        examples=tuple(examples),
        grids=tuple((e.coarse, e.fine) for e in examples),
        simulated=tuple(any_contrast.random_heads(data, factor, every=4 * every)),
    )


def low_resolution_cohort(data: Path, factor: float, *, every: int, kept: Path) -> TrainingSet:
    """Return all training images of weights for T2w, with their guides."""
    cohort = find_cases(data / "cohort")
    examples = low_resolution_examples(cohort, factor, every=every, kept=kept)
    clinical = [s for s in clinical_sources(data) if HELD_OUT not in s.name]
    heads = label_sources(data, LABELS)
    examples += [example_of(s.simulate(factor, kept=kept).pair) for s in clinical]
    simulated = [e for s in heads for e in s.levels(factor, guided=True, every=4 * every)]
    return TrainingSet(
        names=(*(case.name for case in cohort), *(scan.name for scan in clinical)),
        examples=tuple(examples),
        grids=tuple((e.coarse, e.fine) for e in examples),
        simulated=tuple(simulated),
    )


def card_for(
    plan: Recipe, name: str, cohort: TrainingSet, cascade: Cascade, curves: Curves, *,
    any_set: bool, changes: str = "",
) -> WeightCard:  # fmt: skip
    """Return the card of the trained weights."""
    target, guide = (ANY, ANY) if any_set else ("T2w", "T1w")
    entries = CardEntries(
        name=name, target=target, guide=guide if plan.settings["guided"] else None,
        data=any_contrast.DATA if any_set else DATA,
        command=str(provenance()["command"]), licence="Apache-2.0",
        version=next_version(name), changes=changes,
        population=(any_contrast.POPULATION if any_set else POPULATION).format(20),
    )  # fmt: skip
    card = weight_card(cohort, plan, cascade, curves, entries)
    return card.model_copy(update={"commit": commit(), "plane": "axial"})


def with_results(card: WeightCard, factor: float, results: Path) -> WeightCard:
    """Add the measurements: the network on fold 1, and these weights on other scans."""
    found: dict[str, str] = {}
    kind = "unguided" if card.guide is None else "guided"
    fold = read_summary(results / "quality" / f"x{factor:g}-{kind}.json")
    if fold and card.target != ANY:
        found[FOLD_RESULT] = f"{fold['mean']['gain']:+.2f} dB over bicubic"
    measured = read_summary(results / "robustness" / f"{card.name}.json")
    if measured.get("made") == card.commit:
        means = measured["mean"]
        found |= {
            f"these weights, {n}{_remark(n)}": f"{m['gain']:+.2f} dB over bicubic"
            for n, m in means.items()
        }
    return card.model_copy(update={"results": found})


def _remark(source: str) -> str:
    """Return a remark where the degraded scan was in the training set."""
    trained = source.startswith("clinical") and HELD_OUT not in source
    return " (degraded, part of the training set)" if trained else ""


def renew_card(file: Path, factor: float, results: Path) -> None:
    """Renew the measurements on the card of weights."""
    card = with_results(read_card(file), factor, results)
    save_weights(load_weights(file), card, file, overwrite=True, half=True)


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")],
    any_set: Annotated[bool, typer.Option("--any", help="Weights for any contrast.")] = False,
    only: Annotated[Kind | None, typer.Option(help="Make one of the two.")] = None,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 3000,
    every: Annotated[int, typer.Option(help="Train on every n-th slice of the cohort.")] = 2,
    seed: Annotated[int, typer.Option()] = 0,
    changes: Annotated[
        str, typer.Option(help="What changed since the version before, for the card.")
    ] = "",
    card_only: Annotated[
        bool, typer.Option("--card-only", help="Only renew the card's measurements.")
    ] = False,
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs"),
    results: Annotated[Path, typer.Option(help="Measurements to put on the card.")] = Path(
        "results"
    ),
    out: Annotated[Path, typer.Option()] = Path("src/crossres/weights/shipped"),
) -> None:
    """Train on all low-resolution images and write weights with their cards."""
    names = {kind: name_of(kind, factor, any_set=any_set) for kind in ((only,) if only else KINDS)}
    if card_only:
        for name in names.values():
            renew_card(out / f"{name}.safetensors", factor, results)
        return
    out.mkdir(parents=True, exist_ok=True)
    images = images_of_any_contrast if any_set else low_resolution_cohort
    cohort = images(data, factor, every=every, kept=runs / ALIGNED)
    for kind, name in names.items():
        plan = plan_for(factor, kind == "guided", steps, seed, any_set=any_set)
        cascade, curves = fit_recipe(cohort, plan, work=runs / name, progress=PrintProgress())
        card = card_for(plan, name, cohort, cascade, curves, any_set=any_set, changes=changes)
        card = with_results(card, factor, results)
        save_weights(cascade, card, out / f"{name}.safetensors", overwrite=True, half=True)


if __name__ == "__main__":
    typer.run(main)
