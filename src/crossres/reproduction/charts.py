"""Charts of gains, subjects and losses beside the figures of the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crossres.files import read_json
from crossres.report import default_style
from crossres.reproduction.figures import new_figure
from crossres.reproduction.methods import BICUBIC
from crossres.reproduction.tables import Entry, gains_of
from crossres.reproduction.trainings import CURVES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STAGE_LINES = ("-", "--", ":")
"""Line styles of the stages of one training, which share a colour."""


@default_style()
def gains(entries: Sequence[Entry], factor: int) -> Figure:
    """Draw the gain of each method over bicubic interpolation beside the paper's.

    Args:
        entries: Cells of a table.
        factor: Whose column is drawn.

    Returns:
        The figure; error bars are standard errors over the centre slices.
    """
    chosen = [e for e in entries if e.factor == factor and e.row != BICUBIC]
    names = [entry.row.name for entry in chosen]
    places = np.arange(len(chosen))
    ours = [gains_of(entry.centre) for entry in chosen]
    figure = new_figure(1.1 * len(chosen) + 2.5, 4)
    axes = figure.subplots()
    errors = [g.std(ddof=1) / np.sqrt(len(g)) if len(g) > 1 else 0.0 for g in ours]
    axes.bar(places - 0.2, [g.mean() for g in ours], 0.4, yerr=errors, label="measured here")
    paper = [entry.row.paper_gain(factor) for entry in chosen]
    axes.bar(places + 0.2, paper, 0.4, label="Iwamoto 2023, other data")
    axes.set_xticks(places, names, rotation=25, ha="right", fontsize=8)
    axes.set_ylabel(f"PSNR over bicubic at {factor}x, dB")
    axes.legend(fontsize=8)
    return figure


@default_style()
def by_subject(entries: Sequence[Entry], factor: int) -> Figure:
    """Draw the mean PSNR of each subject for each method.

    Args:
        entries: Cells of a table.
        factor: Whose column is drawn.

    Returns:
        The figure.
    """
    chosen = [entry for entry in entries if entry.factor == factor]
    figure = new_figure(9, 4)
    axes = figure.subplots()
    for entry in chosen:
        subjects = entry.subjects
        axes.plot(list(subjects), list(subjects.values()), marker="o", ms=3, label=entry.row.name)
    axes.tick_params(axis="x", rotation=60, labelsize=7)
    axes.set_ylabel(f"mean PSNR over all scored slices, {factor}x, dB")
    figure.legend(fontsize=7, loc="outside right upper")
    return figure


@default_style()
def curves(trainings: Mapping[str, Path]) -> Figure:
    """Draw the loss of trainings, stage after stage.

    Args:
        trainings: Folder of each training, by the name to show.

    Returns:
        The figure.
    """
    figure = new_figure(10, 5)
    axes = figure.subplots()
    for number, (name, folder) in enumerate(trainings.items()):
        stored = read_json(folder / CURVES)["curves"]
        for stage, losses in enumerate(stored, start=1):
            label = f"{name}, stage {stage}" if len(stored) > 1 else name
            dashes = STAGE_LINES[(stage - 1) % len(STAGE_LINES)]
            axes.plot(range(1, len(losses) + 1), losses, dashes, color=f"C{number}", label=label)
    axes.set(xlabel="epoch", ylabel="mean loss", yscale="log")
    figure.legend(fontsize=7, loc="outside right upper")
    return figure
