"""Draw the figures of a study: what its trained cascades make of one test subject."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from crossres.cascade import Cascade
from crossres.experiments.cohort import Simulated
from crossres.experiments.reproduction import figures
from crossres.experiments.reproduction.budgets import Budget
from crossres.experiments.reproduction.figures import Image
from crossres.experiments.reproduction.methods import TABLES, Row
from crossres.experiments.reproduction.protocol import Subject, folds, simulate, volumes
from crossres.experiments.reproduction.tables import Entry, entries
from crossres.experiments.reproduction.trainings import cascade_for
from crossres.experiments.reproduction.units import Unit
from crossres.inference import super_resolve
from crossres.metrics import psnr
from crossres.types import SettingsError
from crossres.volume import Pair

FACTOR = 4
FIGURES = {"figure3": "table1", "figure4": "table2", "figure5": "table2"}
PROFILED = ("bicubic", "Model 1", "Model 2", "proposed")
"""Methods whose line profile is drawn."""


def first_fold(subjects: Sequence[Subject]) -> tuple[tuple[Subject, ...], tuple[Subject, ...]]:
    """Return who is learned from and who is tested in fold 1; the first tested one is drawn."""
    tested = folds(subjects)[0]
    learners = tuple(s for s in subjects if s.name not in tested)
    return learners, tuple(s for s in subjects if s.name in tested)


def images_of(
    rows: Sequence[Row], budget: Budget, subjects: Sequence[Subject], runs: Path
) -> dict[str, Image]:
    """Return reference, guide and each row's estimate of the centre slice at 4x."""
    learners, testers = first_fold(subjects)
    subject = testers[0]
    slices = volumes(subject)[1].grid.shape[2]
    found: dict[str, Image] = {}
    for row in rows:
        unit = Unit(row.method, FACTOR, budget, learners, testers)
        seen = simulate(subject, FACTOR, guided=True, every=slices, shift_mm=row.method.shift_mm)
        assert seen.pair.guide is not None  # it was asked for
        found.setdefault("reference", seen.reference.data[:, :, 0])
        found.setdefault("guide", seen.pair.guide.data[:, :, 0])
        cascade = cascade_for(unit, subject, runs)
        found[row.name] = _estimate(cascade, seen)
    return found


def _estimate(cascade: Cascade, seen: Simulated) -> Image:
    pair = seen.pair if cascade.guided else Pair(seen.pair.target, seen.pair.fine)
    return super_resolve(cascade, pair).volume.data[:, :, 0]


def captions_of(images: dict[str, Image]) -> dict[str, str]:
    """Return each estimate's PSNR on the slice shown."""
    reference = torch.from_numpy(np.ascontiguousarray(images["reference"]))[None, None]
    peak = float(reference.max())
    return {
        name: f"{float(psnr(_tensor(image), reference, data_range=peak, mask=None)):.2f} dB"
        for name, image in images.items()
        if name not in ("reference", "guide")
    }


def _tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image))[None, None]


def draw(name: str, budget: Budget, subjects: Sequence[Subject], runs: Path, results: Path) -> Path:
    """Draw one of the paper's figures, training what it shows if that was not trained yet.

    Raises:
        SettingsError: No such figure.
    """
    if name not in FIGURES:
        raise SettingsError(f"no figure {name!r}; choose of {', '.join(FIGURES)}")
    rows = [row for row in TABLES[FIGURES[name]].rows if name != "figure5" or row.name in PROFILED]
    images = images_of(rows, budget, subjects, runs)
    if name == "figure5":
        return figures.save(figures.profile(_without_guide(images)), results / f"{name}.png")
    figure = figures.comparison(images, captions_of(images))
    return figures.save(figure, results / f"{name}.png")


def _without_guide(images: dict[str, Image]) -> dict[str, Image]:
    return {name: image for name, image in images.items() if name != "guide"}


def draw_overview(
    name: str, budget: Budget, subjects: Sequence[Subject], runs: Path, results: Path
) -> list[Path]:
    """Draw gains, subjects and training curves of a table, as far as it is measured."""
    found = entries(name, budget, subjects, results)
    written = []
    for factor in sorted({entry.factor for entry in found}):
        own = [entry for entry in found if entry.factor == factor]
        stem = f"{name}-x{factor}"
        written.append(figures.save(figures.gains(own, factor), results / f"{stem}-gains.png"))
        written.append(
            figures.save(figures.by_subject(own, factor), results / f"{stem}-subjects.png")
        )
    trainings = _trainings(found, budget, subjects, runs)
    if trainings:
        written.append(figures.save(figures.curves(trainings), results / f"{name}-curves.png"))
    return written


def _trainings(
    found: Sequence[Entry], budget: Budget, subjects: Sequence[Subject], runs: Path
) -> dict[str, Path]:
    """Return the folders of fold 1's trainings on other subjects, where they are still there."""
    learners, testers = first_fold(subjects)
    folders = {}
    for entry in found:
        method = entry.row.method
        if method.regime != "bicubic" and not method.per_subject:
            unit = Unit(method, entry.factor, budget, learners, testers)
            folders[f"{entry.row.name}, {entry.factor}x"] = runs / unit.training_key
    return {name: folder for name, folder in folders.items() if (folder / "curves.json").exists()}
