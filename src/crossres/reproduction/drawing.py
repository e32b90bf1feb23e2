"""Draw the figures of the paper: the estimates of its methods for one test subject."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from crossres.inference import super_resolve
from crossres.metrics import psnr
from crossres.reproduction import charts, figures
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.budgets import Budget
from crossres.reproduction.methods import TABLES, TableRow
from crossres.reproduction.protocol import fold, simulate_subject
from crossres.reproduction.regions import Image
from crossres.reproduction.subjects import Subject, volumes
from crossres.reproduction.tables import Entry, entries
from crossres.reproduction.trainings import CURVES, enhancer_for
from crossres.reproduction.units import Unit
from crossres.types import SettingsError
from crossres.volume import Pair

FACTOR = 4
FIGURES = {"figure3": "table1", "figure4": "table2", "figure5": "table2"}
PROFILED = ("bicubic", "Model 1", "Model 2", "proposed")
"""Methods whose line profile is drawn."""


def images_of(
    rows: Sequence[TableRow],
    budget: Budget,
    subjects: Sequence[Subject],
    runs: Path,
    device: str = "cpu",
) -> dict[str, Image]:
    """Return reference, guide and the estimate of each row for one centre slice at 4x.

    The slice is that of the first test subject of fold 1.

    Args:
        rows: The rows to enhance with.
        budget: Of the trainings.
        subjects: All subjects of the cohort.
        runs: Folder of the trainings; what is missing is trained.
        device: Where to train and enhance, as torch names it.

    Returns:
        Images ``(i, j)`` by name: "reference", "guide", then the names of the rows.

    Raises:
        OutOfTime: A time limit came first.
    """
    train, test = fold(subjects, 0)
    subject = test[0]
    slices = volumes(subject)[1].grid.shape[2]
    simulated = simulate_subject(
        subject, FACTOR, guided=True, every=slices, register=budget.register, kept=runs / ALIGNED
    )
    assert simulated.pair.guide is not None  # ``guided``
    known: dict[str, Image] = {
        "reference": simulated.reference.data[:, :, 0],
        "guide": simulated.pair.guide.data[:, :, 0],
    }
    units = {row.name: Unit(row.method, FACTOR, budget, train, test) for row in rows}
    unguided = Pair(simulated.pair.target, simulated.pair.fine)
    for name, unit in units.items():
        enhancer = enhancer_for(unit, subject, runs, device)
        pair = simulated.pair if enhancer.guided else unguided
        known[name] = super_resolve(enhancer, pair, device=device).volume.data[:, :, 0]
    return known


def captions_of(images: dict[str, Image]) -> dict[str, str]:
    """Return the PSNR of each estimate on the slice shown.

    Args:
        images: "reference" and the estimates, ``(i, j)``; a "guide" is left out.

    Returns:
        A caption such as "31.42 dB" by name.
    """
    reference = _tensor(images["reference"])
    peak = float(reference.max())
    return {
        name: f"{float(psnr(_tensor(image), reference, data_range=peak, mask=None)):.2f} dB"
        for name, image in images.items()
        if name not in ("reference", "guide")
    }


def _tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image))[None, None]


def draw(
    name: str,
    budget: Budget,
    subjects: Sequence[Subject],
    runs: Path,
    results: Path,
    device: str = "cpu",
) -> Path:
    """Draw a figure of the paper, and train what it shows where that is missing.

    Args:
        name: "figure3", "figure4" or "figure5".
        budget: Of the trainings.
        subjects: All subjects of the cohort.
        runs: Folder of the trainings.
        results: Folder of the figure.
        device: Where to train and enhance, as torch names it.

    Returns:
        The file written.

    Raises:
        OutOfTime: A time limit came first.
        SettingsError: No such figure.
    """
    if name not in FIGURES:
        raise SettingsError(f"no figure {name!r}; choose from {', '.join(FIGURES)}")
    rows = [row for row in TABLES[FIGURES[name]].rows if name != "figure5" or row.name in PROFILED]
    images = images_of(rows, budget, subjects, runs, device)
    if name == "figure5":
        del images["guide"]
        return figures.save(figures.profile(images), results / f"{name}.png")
    figure = figures.comparison(images, captions_of(images))
    return figures.save(figure, results / f"{name}.png")


def draw_overview(
    name: str, budget: Budget, subjects: Sequence[Subject], runs: Path, results: Path
) -> list[Path]:
    """Draw gains, subjects and training curves of a table, as far as it is measured.

    Args:
        name: Name of the table.
        budget: Of the trainings.
        subjects: All subjects of the cohort.
        runs: Folder of the trainings; charts of subjects and curves go into its ``charts``.
        results: Folder of the published scores; the chart of gains goes there.

    Returns:
        The files written.
    """
    found = entries(name, budget, subjects, results)
    folder, written = runs / "charts", []
    for factor in sorted({entry.factor for entry in found}):
        own = [entry for entry in found if entry.factor == factor]
        stem = f"{name}-x{factor}"
        written.append(figures.save(charts.gains(own, factor), results / f"{stem}-gains.png"))
        written.append(
            figures.save(charts.by_subject(own, factor), folder / f"{stem}-subjects.png")
        )
    trainings = _trainings(found, budget, subjects, runs)
    if trainings:
        written.append(figures.save(charts.curves(trainings), folder / f"{name}-curves.png"))
    return written


def _trainings(
    found: Sequence[Entry], budget: Budget, subjects: Sequence[Subject], runs: Path
) -> dict[str, Path]:
    """Return the folders of the trainings of fold 1 on other subjects that still exist."""
    train, test = fold(subjects, 0)
    folders = {}
    for entry in found:
        method = entry.row.method
        if method.is_trained and not method.per_subject:
            unit = Unit(method, entry.factor, budget, train, test)
            folders[f"{entry.row.name}, {entry.factor}x"] = runs / unit.training_key
    return {name: folder for name, folder in folders.items() if (folder / CURVES).exists()}
