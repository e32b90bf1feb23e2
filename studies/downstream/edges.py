"""Width of edges, from 10 to 90 % of their height, where the truth has its strongest ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.reproduction.scoring import eroded_mask
from crossres.types import Array3
from crossres.volume import Volume

EDGES = 2000
"""Voxels with the steepest gradient in the eroded mask."""
REACH_MM, STEP_MM = 5.0, 0.25
"""Of the profile across an edge to either side, and between its samples, mm."""
LOW, HIGH = 0.1, 0.9


def edge_profiles(
    images: Sequence[Array3], truth: Volume, axes: Sequence[int]
) -> Float[np.ndarray, "image edge sample"]:
    """Return the intensities across the edges of the truth, from the dark side to the bright one.

    Args:
        images: On the grid of the truth.
        truth: The reference, which has the edges.
        axes: Along which an edge may run across: those that get finer.
    """
    gradient = np.zeros((3, *truth.shape))
    for axis in axes:
        slope = ndimage.gaussian_filter1d(truth.data.astype(float), 1.0, axis, order=1)
        gradient[axis] = slope / truth.grid.spacing[axis]
    steepness = np.linalg.norm(gradient, axis=0) * eroded_mask(truth)
    chosen = np.argsort(steepness, axis=None)[-EDGES:]
    chosen = chosen[steepness.ravel()[chosen] > 0]
    places = np.stack(np.unravel_index(chosen, truth.shape), axis=1)
    normals = gradient.reshape(3, -1).T[chosen] / steepness.ravel()[chosen, None]
    steps = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    voxels = normals / np.array(truth.grid.spacing)
    points = places[:, None] + steps[:, None] * voxels[:, None]
    return np.stack(
        [ndimage.map_coordinates(each, np.moveaxis(points, -1, 0), order=1) for each in images]
    )


def width(profile: Float[np.ndarray, " sample"]) -> float:
    """Return the distance from 10 to 90 % of a rising edge in mm; nan where it does not rise.

    The two sides are the least intensity before the middle and the greatest one after it.
    """
    middle = len(profile) // 2
    low, high = profile[: middle + 1].min(), profile[middle:].max()
    if high <= low:
        return float("nan")
    rise = (profile - low) / (high - low)
    crossings = np.flatnonzero((rise[:-1] < 0.5) & (rise[1:] >= 0.5))
    crossing = crossings[np.abs(crossings + 0.5 - middle).argmin()]
    below, above = np.flatnonzero(rise <= LOW), np.flatnonzero(rise >= HIGH)
    below, above = below[below <= crossing], above[above > crossing]
    if not len(below) or not len(above):
        return float("nan")
    start, end = below[-1], above[0]
    first = start + (LOW - rise[start]) / (rise[start + 1] - rise[start])
    last = end - (rise[end] - HIGH) / (rise[end] - rise[end - 1])
    return float(last - first) * STEP_MM


def edge_widths(images: Sequence[Array3], truth: Volume, axes: Sequence[int]) -> list[float]:
    """Return the median width of the edges in each image, mm.

    An edge counts where it can be measured in every image.
    """
    widths = np.array(
        [[width(edge) for edge in image] for image in edge_profiles(images, truth, axes)]
    )
    return [float(x) for x in np.median(widths[:, np.isfinite(widths).all(axis=0)], axis=1)]
