"""What a figure shows of its images: the head, an enlarged box, and a line through peaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.floating]
ZOOM = 48
"""Side of the zoomed box, pixels."""
MARGIN = 8
"""Pixels of air around the head in the pictures."""
SPACINGS = (4, 7)
"""Pixels between the peaks of the profile, as in the paper's Fig. 5."""


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
    spans = []
    for axis in (1, 0):
        places = np.flatnonzero(head.any(axis))
        first, last = int(places[0]), int(places[-1])
        beside = max(margin, (ZOOM - (last - first)) // 2)
        spans.append(slice(max(0, first - beside), last + 1 + beside))
    i, j = spans
    return {name: image[i, j] for name, image in images.items()}
