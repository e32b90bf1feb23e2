"""Stations: stacks of one series and orientation that lie in different parts of the body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.geometry import have_places, offsets

# Stations overlap by less than half a field of view; slices of one stack lie closer than this.
_APART_MM = 20.0
_APART_STEPS = 5
_FEWEST = 3
_WHOLE_MM = 0.1
_TO_RAS = np.array([-1.0, -1.0, 1.0])
_AXES = "xyz"


def stations(frames: Sequence[Frame]) -> list[tuple[str, list[Frame]]]:
    """Divide frames of one orientation into stations.

    Args:
        frames: Frames of one orientation and size.

    Returns:
        For each station a text that distinguishes it, and its frames; from head to foot, left to
        right or back to front. The text is empty if there is only one.
    """
    groups = list(_divided(frames))
    if len(groups) == 1:
        return [("", list(frames))]
    centres = np.array([np.mean([_centre(frame) for frame in group], axis=0) for group in groups])
    axis = int(np.ptp(centres, axis=0).argmax())
    order = np.argsort(-centres[:, axis])
    names = [f"centre {_AXES[axis]} {centres[k, axis]:.0f} mm" for k in order]
    return [
        (f"station {n} of {len(groups)}, {name}", groups[k])
        for n, (k, name) in enumerate(zip(order, names, strict=True), start=1)
    ]


def _divided(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    """Yield the stations of frames, or all frames together."""
    if not have_places(frames):
        yield list(frames)
        return
    places = offsets(frames)
    for beside in _clusters(np.arange(len(frames)), places[:, 0]):
        for below in _clusters(beside, places[beside, 1]):
            for behind in _blocks(below, places[below, 2]):
                yield [frames[n] for n in behind]


def _clusters(indices: NDArray[np.intp], places: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Divide slices where they lie far beside each other, if each part has several."""
    order = np.argsort(places, kind="stable")
    cuts = np.flatnonzero(np.diff(places[order]) > _APART_MM) + 1
    parts = np.split(indices[order], cuts)
    return parts if min(map(len, parts)) >= _FEWEST else [indices]


def _blocks(indices: NDArray[np.intp], places: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Divide slices where a wide gap is no whole number of steps: nothing is missing there."""
    known = np.unique(np.round(places, 2))
    gaps = np.diff(known)
    if len(known) < 2 * _FEWEST:
        return [indices]
    usual = float(np.median(gaps))
    whole = np.abs(gaps - np.rint(gaps / usual) * usual) < _WHOLE_MM
    wide = (gaps > max(_APART_MM, _APART_STEPS * usual)) & ~whole
    edges = known[1:][wide] - gaps[wide] / 2
    numbers = np.searchsorted(edges, places)
    parts = [indices[numbers == n] for n in range(len(edges) + 1)]
    return parts if min(map(len, parts)) >= _FEWEST else [indices]


def _centre(frame: Frame) -> NDArray[np.float64]:
    """Return the centre of a slice in RAS mm."""
    row, column = np.reshape(np.array(frame.orientation, dtype=np.float64), (2, 3))
    between_rows, between_columns = frame.spacing or (0.0, 0.0)
    rows, columns = frame.size
    middle = row * between_columns * (columns - 1) / 2 + column * between_rows * (rows - 1) / 2
    return np.asarray(_TO_RAS * (np.array(frame.position) + middle))
