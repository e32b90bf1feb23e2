"""The methods of this process: each returns what enhances a case."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from studies.changes import PSEUDO_TARGETS
from studies.peers.cases import Inputs
from studies.peers.guided_filter import GuidedFilter
from studies.peers.nonlocal_means import NonLocalMeans
from studies.quality import NETWORKS

from crossres.inference import (
    Candidate,
    Cascade,
    Enhancer,
    EnhanceSettings,
    GuidedRegression,
    PassCandidates,
    enhance,
    super_resolve,
)
from crossres.io import find_cases
from crossres.physics import BackProjection
from crossres.registration import Aligned
from crossres.reproduction.budgets import budget
from crossres.reproduction.methods import PROPOSED
from crossres.reproduction.protocol import fold
from crossres.reproduction.subjects import Subject
from crossres.reproduction.trainings import Unchanged, external_cascade
from crossres.reproduction.units import Unit
from crossres.training import recipe
from crossres.types import FileFormatError
from crossres.volume import Pair, Volume
from crossres.weights.choose import candidates_for

Run = Callable[[], Volume]
Prepare = Callable[[Inputs, Path, Path], Run]
"""Loads what a method needs, from the folders of scans and of trainings, and returns the rest."""
SETTINGS = EnhanceSettings(device="cpu")
GAUSSIAN = EnhanceSettings(device="cpu", plane_profile="gaussian")
"""With the true profile of the voxels in the plane, which is measured by default."""


def _simple(make: Callable[[], Enhancer]) -> Prepare:
    """Return a method that needs nothing but the case."""

    def prepare(inputs: Inputs, data: Path, runs: Path) -> Run:
        return partial(_volume, make(), inputs.pair)

    return prepare


def _volume(enhancer: Enhancer, pair: Pair) -> Volume:
    return super_resolve(enhancer, pair).volume


def _interpolated(inputs: Inputs, kind: BackProjection) -> Run:
    return partial(_volume, Cascade((Unchanged(),), inputs.factor, kind), inputs.pair)


def _cubic(inputs: Inputs, data: Path, runs: Path) -> Run:
    return _interpolated(inputs, BackProjection("none"))


def _projected(inputs: Inputs, data: Path, runs: Path) -> Run:
    return _interpolated(inputs, BackProjection())


def _paper(inputs: Inputs, data: Path, runs: Path) -> Run:
    """Return the publication's network and training, at the small budget of the reproduction."""
    subjects = [Subject(case.name, case) for case in find_cases(data / "cohort")]
    train, test = fold(subjects, 0)
    unit = Unit(PROPOSED, round(inputs.factor), budget("cpu"), train, test)
    return partial(_volume, external_cascade(unit, runs), inputs.pair)


def _crossres(
    inputs: Inputs, data: Path, runs: Path, *, guided: bool, settings: EnhanceSettings = SETTINGS
) -> Run:
    """Return the whole method: self-validation, choice or blend, and agreement with the scan.

    The shipped weights were trained on degraded scans of all subjects of the cohort. Subjects of
    the cohort are therefore enhanced in their plane by those of ``studies.quality``, which were
    trained on the other 15.
    """
    pair = inputs.pair if guided else Pair(inputs.pair.target, inputs.pair.fine)
    if inputs.source == "cohort" and "slices" not in inputs.task:
        candidates = _of_fold(round(inputs.factor), runs, guided=guided)
    else:
        contrasts = "T2w", "T1w" if guided else None
        candidates = candidates_for(
            (), (pair.target.grid, pair.fine), guided=guided, settings=settings, contrasts=contrasts
        )
    aligned = Aligned(pair, detail=inputs.detail if guided else None)
    return lambda: enhance(aligned, candidates, settings).volume


def _of_fold(factor: int, runs: Path, *, guided: bool) -> list[PassCandidates]:
    without = Candidate("unguided", _trained(factor, runs, "unguided"))
    if not guided:
        return [PassCandidates(without)]
    return [PassCandidates(Candidate("guided", _trained(factor, runs, "guided")), without)]


def _trained(factor: int, runs: Path, kind: str) -> Cascade:
    """Return a training of ``studies.quality``.

    Raises:
        FileFormatError: It was not run.
    """
    name = f"x{factor}-{kind}"
    file = runs / name / NETWORKS
    if not file.exists():
        raise FileFormatError(f"{file} is missing; run `python -m studies.quality --name {name}`")
    plan = PSEUDO_TARGETS(recipe("default", factor, guided=kind == "guided"))
    return plan.restored(torch.load(file, weights_only=True), factor)


METHODS: dict[str, Prepare] = {
    "cubic": _cubic,
    "projection": _projected,
    "guided-filter": _simple(GuidedFilter),
    "guided-filter-projected": _simple(partial(GuidedFilter, BackProjection())),
    "regression": _simple(GuidedRegression),
    "nonlocal-means": _simple(NonLocalMeans),
    "paper": _paper,
    "crossres-unguided": partial(_crossres, guided=False),
    "crossres": partial(_crossres, guided=True),
    "crossres-gaussian": partial(_crossres, guided=True, settings=GAUSSIAN),
}
"""By name of the folder of their results."""
