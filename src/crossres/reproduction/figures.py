"""Figures 3 to 5 of the paper on our data, with charts of gains, subjects and losses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crossres.files import atomic
from crossres.reproduction.methods import BICUBIC
from crossres.reproduction.tables import Entry, gains_of
from crossres.reproduction.trainings import CURVES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Image = NDArray[np.floating]
ZOOM = 48
"""Side of the zoomed box, pixels."""
MARGIN = 8
"""Pixels of air around the head in the pictures."""
SPACINGS = (4, 7)
"""Pixels between the peaks of the profile, as in the paper's Fig. 5."""
STAGE_LINES = ("-", "--", ":")
"""Line styles of the stages of one training, which share a colour."""


@dataclass(frozen=True)
class Profile:
    """A line through three peaks of an image.

    Args:
        i: Row; the line runs along j.
        start: First column.
        stop: Column after the last one.
        peaks: Columns of the peaks.
    """

    i: int
    start: int
    stop: int
    peaks: tuple[int, int, int]


def zoom_box(reference: Image, bicubic: Image, side: int = ZOOM) -> tuple[int, int]:
    """Return the corner of the box where bicubic interpolation errs most.

    Args:
        reference: The true image, ``(i, j)``.
        bicubic: Its interpolation, ``(i, j)``.
        side: Side of the box, pixels; at most that of the image.

    Returns:
        Smallest i and j of the box with the largest sum of squared errors.
    """
    error = np.square(reference - bicubic).cumsum(0).cumsum(1)
    total = np.pad(error, ((1, 0), (1, 0)))
    box = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    i, j = np.unravel_index(int(box.argmax()), box.shape)
    return int(i), int(j)


def three_peaks(reference: Image, spacings: tuple[int, int] = SPACINGS) -> Profile:
    """Return the line through the three most prominent peaks at given distances.

    Among all rows and both orders of the two distances: three local maxima at exactly those
    distances, no maximum between them, whose smallest height above the valleys is largest.

    Args:
        reference: The image, ``(i, j)``.
        spacings: Distances between the peaks, pixels.

    Returns:
        The line, with a margin of 5 pixels at both ends where the image has them.

    References:
        Fig. 5 of Iwamoto et al. 2023, doi 10.1109/TETCI.2022.3215137.
    """
    best, found = -1.0, Profile(0, 0, 1, (0, 0, 0))
    for first, second in (spacings, spacings[::-1]):
        rise = _rise(reference, first, second)
        i, j = np.unravel_index(int(rise.argmax()), rise.shape)
        if rise[i, j] > best:
            peaks = (int(j), int(j) + first, int(j) + first + second)
            best = float(rise[i, j])
            found = Profile(
                int(i), max(0, peaks[0] - 5), min(reference.shape[1], peaks[2] + 6), peaks
            )
    return found


def _rise(image: Image, first: int, second: int) -> Image:
    """Return the smallest height of three peaks above their valleys, by first peak; else -1."""
    maximum = np.zeros(image.shape, dtype=bool)
    maximum[:, 1:-1] = (image[:, 1:-1] > image[:, :-2]) & (image[:, 1:-1] > image[:, 2:])
    count = image.shape[1] - first - second
    valleys = [
        np.min([image[:, s + n : s + n + count] for n in range(1, gap)], axis=0)
        for s, gap in ((0, first), (first, second))
    ]
    starts = (0, first, first + second)
    peaks = [image[:, s : s + count] for s in starts]
    between = [n for n in range(first + second) if n not in starts]
    whole = np.logical_and.reduce([maximum[:, s : s + count] for s in starts])
    whole &= ~np.logical_or.reduce([maximum[:, n : n + count] for n in between])
    lowest = np.minimum.reduce(
        [peaks[0] - valleys[0], peaks[1] - np.maximum(*valleys), peaks[2] - valleys[1]]
    )
    return np.where(whole, lowest, -1.0)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; matplotlib is loaded only here.

    Args:
        width: Inches.
        height: Inches.

    Returns:
        The figure.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=130, layout="constrained")


def comparison(images: Mapping[str, Image], captions: Mapping[str, str]) -> Figure:
    """Draw each image, its enlarged box and its difference to the reference, on common scales.

    Args:
        images: "reference" and "guide" first, then "bicubic" and each method, all ``(i, j)``.
        captions: A line under the name of an image.

    Returns:
        The figure.
    """
    images = cropped(images)
    reference = images["reference"]
    corner = zoom_box(reference, images["bicubic"])
    shown = {name: image for name, image in images.items() if name not in ("reference", "guide")}
    limit = max(float(np.abs(image - reference).max()) for image in shown.values()) / 2
    figure = new_figure(2.1 * len(images), 6.6)
    grid = figure.subplots(3, len(images), squeeze=False)
    for column, (name, image) in zip(grid.T, images.items(), strict=True):
        column[0].set_title(f"{name}\n{captions.get(name, '')}", fontsize=8)
        _show(column[0], image, float(image.max() if name == "guide" else reference.max()))
        _box(column[0], corner)
        i, j = corner
        part = image[i : i + ZOOM, j : j + ZOOM]
        _show(column[1], part, float(part.max() if name == "guide" else reference.max()))
        if name in shown:
            drawn = column[2].imshow(
                _upright(image - reference), cmap="RdBu_r", vmin=-limit, vmax=limit
            )
        column[2].axis("off")
    unused = grid[2, 0].inset_axes((0.15, 0.55, 1.9, 0.07))
    unused.set_in_layout(False)
    label = "difference to the reference"
    figure.colorbar(drawn, cax=unused, orientation="horizontal", label=label)
    return figure


def cropped(images: Mapping[str, Image], margin: int = MARGIN) -> dict[str, Image]:
    """Return the images without the air around the head, except for a margin.

    The crop holds an enlarged box, unless the images are smaller.

    Args:
        images: ``(i, j)`` by name, "reference" among them: it sets the crop.
        margin: Pixels.

    Returns:
        The cropped images.
    """
    reference = images["reference"]
    head = reference > 0.05 * reference.max()
    i, j = (_span(np.flatnonzero(head.any(axis)), margin) for axis in (1, 0))
    return {name: image[i, j] for name, image in images.items()}


def _span(places: NDArray[np.intp], margin: int) -> slice:
    first, last = int(places[0]), int(places[-1])
    margin = max(margin, (ZOOM - (last - first)) // 2)
    return slice(max(0, first - margin), last + 1 + margin)


def _upright(image: Image) -> Image:
    """Return the image rotated so that anterior is up; its axes run to R and A."""
    return image.T[::-1]


def _show(axes: Axes, image: Image, peak: float) -> None:
    axes.imshow(_upright(image), cmap="gray", vmin=0, vmax=0.8 * peak)
    axes.axis("off")


def _box(axes: Axes, corner: tuple[int, int]) -> None:
    height = axes.get_images()[0].get_array().shape[0]  # type: ignore[union-attr]
    i, j = corner
    xs, top = (i, i + ZOOM, i + ZOOM, i, i), height - 1 - j
    axes.plot(xs, (top, top, top - ZOOM, top - ZOOM, top), color="yellow", linewidth=0.8)


def profile(images: Mapping[str, Image]) -> Figure:
    """Draw each image along the line through three peaks of the reference.

    Args:
        images: ``(i, j)`` by name, "reference" among them.

    Returns:
        The figure.
    """
    line = three_peaks(images["reference"])
    figure = new_figure(7, 4.2)
    axes = figure.subplots()
    for name, image in images.items():
        width = 2.2 if name == "reference" else 1.2
        axes.plot(
            range(line.start, line.stop),
            image[line.i, line.start : line.stop],
            label=name,
            lw=width,
        )
    for peak in line.peaks:
        axes.axvline(peak, color="gray", linewidth=0.6, linestyle=":")
    axes.set(xlabel=f"j, pixels, along i = {line.i}", ylabel="intensity")
    axes.legend(fontsize=8)
    return figure


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
        stored = json.loads((folder / CURVES).read_text(encoding="utf-8"))["curves"]
        for stage, losses in enumerate(stored, start=1):
            label = f"{name}, stage {stage}" if len(stored) > 1 else name
            dashes = STAGE_LINES[(stage - 1) % len(STAGE_LINES)]
            axes.plot(range(1, len(losses) + 1), losses, dashes, color=f"C{number}", label=label)
    axes.set(xlabel="epoch", ylabel="mean loss", yscale="log")
    figure.legend(fontsize=7, loc="outside right upper")
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG and replace an older one.

    Args:
        figure: The figure.
        path: The file; its folder is made.

    Returns:
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path, overwrite=True) as file:
        figure.savefig(file, format="png")
    return path
