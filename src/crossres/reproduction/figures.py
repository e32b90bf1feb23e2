"""Figures 3 to 5 of the paper on our data, and what readers would want beside them."""

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
"""Pixels of air that pictures keep around the head."""
SPACINGS = (4, 7)
"""Pixels between the peaks of the profile, as in the paper's Fig. 5."""
STAGE_LINES = ("-", "--", ":")
"""Of the first, second and third stage of one training, which share a colour."""


@dataclass(frozen=True)
class Profile:
    """Where a line is read: along j of row ``i``, from ``start`` to ``stop``; peaks within it."""

    i: int
    start: int
    stop: int
    peaks: tuple[int, int, int]


def zoom_box(reference: Image, bicubic: Image, side: int = ZOOM) -> tuple[int, int]:
    """Return the corner of the box where bicubic interpolation errs most."""
    error = np.square(reference - bicubic).cumsum(0).cumsum(1)
    total = np.pad(error, ((1, 0), (1, 0)))
    box = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    i, j = np.unravel_index(int(box.argmax()), box.shape)
    return int(i), int(j)


def three_peaks(reference: Image, spacings: tuple[int, int] = SPACINGS) -> Profile:
    """Return the row and columns of three peaks so far apart that stand out most.

    The rule: among all rows (and both orders of the two distances), three local maxima at exactly
    those distances, none between them, whose smallest rise above their valleys is largest.
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
    """Return, where three peaks start, how far they rise above their valleys; else -1."""
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
    """Return an empty figure, inches; who draws nothing needs no matplotlib."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=130, layout="constrained")


def comparison(images: Mapping[str, Image], captions: Mapping[str, str]) -> Figure:
    """Draw each image, its zoomed box and its difference to the reference, on common scales.

    Args:
        images: "reference" and "guide" first, then "bicubic" and each method, all ``(i, j)``.
        captions: A line under an image's name.
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
    """Cut off the air around what the reference shows, but for a margin in pixels.

    What is left holds a zoomed box, unless the images are smaller.
    """
    reference = images["reference"]
    seen = reference > 0.05 * reference.max()
    i, j = (_span(np.flatnonzero(seen.any(axis)), margin) for axis in (1, 0))
    return {name: image[i, j] for name, image in images.items()}


def _span(places: NDArray[np.intp], margin: int) -> slice:
    first, last = int(places[0]), int(places[-1])
    margin = max(margin, (ZOOM - (last - first)) // 2)
    return slice(max(0, first - margin), last + 1 + margin)


def _upright(image: Image) -> Image:
    """Turn R, A axes so that anterior is up."""
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
    """Draw each image along a line across three peaks of the reference, found by rule."""
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
    """Draw each method's gain over bicubic beside the paper's."""
    chosen = [e for e in entries if e.factor == factor and e.row != BICUBIC]
    names = [entry.row.name for entry in chosen]
    places = np.arange(len(chosen))
    ours = [gains_of(entry.centre) for entry in chosen]
    figure = new_figure(1.1 * len(chosen) + 2.5, 4)
    axes = figure.subplots()
    spread = [g.std(ddof=1) / np.sqrt(len(g)) if len(g) > 1 else 0.0 for g in ours]
    axes.bar(places - 0.2, [g.mean() for g in ours], 0.4, yerr=spread, label="measured here")
    paper = [entry.row.paper_gain(factor) for entry in chosen]
    axes.bar(places + 0.2, paper, 0.4, label="Iwamoto 2023, other data")
    axes.set_xticks(places, names, rotation=25, ha="right", fontsize=8)
    axes.set_ylabel(f"PSNR over bicubic at {factor}x, dB")
    axes.legend(fontsize=8)
    return figure


def by_subject(entries: Sequence[Entry], factor: int) -> Figure:
    """Draw each subject's PSNR for each method."""
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
    """Write a figure as PNG, replacing an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path, overwrite=True) as file:
        figure.savefig(file, format="png")
    return path
