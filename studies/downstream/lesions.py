"""Volume and contrast of a lesion in an estimate."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from crossres.types import Array3, Mask3
from crossres.volume import Volume

RIM_MM = 1.0
"""Tissue next to the lesion that belongs to neither side, mm."""
SHELL_MM = 6.0
"""Distance from the lesion up to which tissue counts as its surroundings, mm."""


def surroundings(lesion: Mask3, truth: Volume) -> Mask3:
    """Return the tissue around a lesion, without its rim."""
    away = ndimage.distance_transform_edt(~lesion, sampling=truth.grid.spacing)
    return np.asarray((away > RIM_MM) & (away <= SHELL_MM) & (truth.data > 0))


def contrast(data: Array3, lesion: Mask3, around: Mask3) -> float:
    """Return the difference of lesion and surroundings, as a share of the surroundings."""
    outside = float(data[around].mean())
    return (float(data[lesion].mean()) - outside) / outside


def marked(data: Array3, lesion: Mask3, around: Mask3, truth: Array3) -> Mask3:
    """Return the lesion by a threshold: half-way from the surroundings to it in the truth.

    Args:
        data: The estimate.
        lesion: The lesion as its makers marked it; with its surroundings it is what is searched.
        around: The surroundings.
        truth: The reference, from which the threshold is taken for every estimate.
    """
    threshold = (float(truth[lesion].mean()) + float(truth[around].mean())) / 2
    within = ndimage.binary_closing(lesion | around, iterations=2)
    return np.asarray(within & (data > threshold))


def dice(one: Mask3, other: Mask3) -> float:
    """Return twice the overlap of two masks over the sum of their sizes; 1 for two empty ones."""
    both = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / both if both else 1.0
