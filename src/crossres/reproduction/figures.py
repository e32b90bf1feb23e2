"""Figures 3 to 5 of the paper on our data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crossres.files import atomic
from crossres.report import default_style, png
from crossres.reproduction.regions import ZOOM, Image, cropped, three_peaks, zoom_box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage


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


@default_style()
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
    _colour_bar(grid[2, 0], drawn)
    return figure


def _colour_bar(axes: Axes, differences: AxesImage) -> None:
    """Draw the scale of the differences into the empty cells below reference and guide."""
    inset = axes.inset_axes((0.15, 0.55, 1.9, 0.07))
    inset.set_in_layout(False)
    label = "difference to the reference"
    axes.figure.colorbar(differences, cax=inset, orientation="horizontal", label=label)


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


@default_style()
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
        file.write_bytes(png(figure))
    return path
