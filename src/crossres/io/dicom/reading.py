"""A DICOM series as one volume, decoded and scaled."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.pixels import decoded
from crossres.io.dicom.series import Series
from crossres.types import (
    CrossresError,
    CrossresWarning,
    FileFormatError,
    GridError,
    Progress,
    VolumeError,
)
from crossres.volume import Grid, Volume

Pixels: TypeAlias = dict[tuple[Path, int], NDArray[Any]]
"""Stored numbers, (rows, columns), by file and frame."""


def read_series(series: Series, *, progress: Progress | None = None) -> Volume:
    """Read a series as one volume, scaled, with a warning for each irregularity.

    Args:
        series: From :func:`crossres.io.dicom.find_series`.
        progress: Called with (files read, total files).

    Returns:
        The image, ``(i, j, k)``, in RAS+ mm: i along the rows of the slices, j down their columns,
        k through the slices.

    Raises:
        FileFormatError: A file is damaged, holds no pixels or has an unknown compression.
        GridError: Slices are missing, doubled with other content, unevenly spaced or without a
            position.
        VolumeError: Colour, inverted, several volumes in one, NaN voxels, or zero everywhere.

    Example:
        >>> read_series(find_series("export", "t2")).grid.shape  # doctest: +SKIP
        (512, 512, 30)
    """
    volume, notes = load_series(series, progress=progress)
    for note in notes:
        warnings.warn(note, CrossresWarning, stacklevel=2)
    return volume


def load_series(series: Series, *, progress: Progress | None = None) -> tuple[Volume, list[str]]:
    """Read a series as :func:`read_series` does, but return the warnings as text.

    Args:
        series: From :func:`crossres.io.dicom.find_series`.
        progress: Called with (files read, total files).

    Returns:
        The image, ``(i, j, k)``, in RAS+ mm, and the warnings.

    Raises:
        FileFormatError: A file is damaged, holds no pixels or has an unknown compression.
        GridError: Slices are missing, doubled with other content, unevenly spaced or without a
            position.
        VolumeError: Colour, inverted, several volumes in one, NaN voxels, or zero everywhere.
    """
    try:
        grid, places = series.grid, series.places
        pixels = _pixels(series, progress)
        kept = _one_per_place([_distinct(frames, pixels) for frames in places])
        volume = _volume(kept, grid, pixels)
    except CrossresError as error:
        raise type(error)(f"series {series.name!r} {error}") from error
    return volume, _notes(series, len(series.frames) - len(kept))


def _notes(series: Series, copies: int) -> list[str]:
    """Return the warnings about slices and files that were left out."""
    notes = []
    if copies:
        noun = "copy" if copies == 1 else "copies"
        notes.append(f"series {series.name!r}: left out {copies} exact {noun} of its slices")
    if series.damaged:
        notes.append(
            f"series {series.name!r}: {series.damaged} damaged DICOM files in its folder were "
            "left out; slices at its ends may be missing"
        )
    return notes


def _pixels(series: Series, progress: Progress | None) -> Pixels:
    """Decode all frames of the files of a series, without scaling."""
    found: Pixels = {}
    files = series.files
    for number, path in enumerate(files, start=1):
        images = decoded(path, f"file {number} of {len(files)} (by name)")
        found.update({(path, index): image for index, image in enumerate(images)})
        if progress is not None:
            progress(number, len(files))
    if not all((frame.path, frame.index) in found for frame in series.frames):
        raise FileFormatError("has fewer pictures than its header promises; get a new export of it")
    return found


def _distinct(frames: Sequence[Frame], pixels: Pixels) -> list[Frame]:
    """Return the frames of one position without exact copies."""
    kept: list[Frame] = []
    for frame in frames:
        image, scaling = pixels[frame.path, frame.index], (frame.slope, frame.intercept)
        alike = [other for other in kept if (other.slope, other.intercept) == scaling]
        if not any(np.array_equal(image, pixels[other.path, other.index]) for other in alike):
            kept.append(frame)
    return kept


def _one_per_place(places: Sequence[Sequence[Frame]]) -> list[Frame]:
    """Return the only frame of each position.

    Raises:
        VolumeError: All positions have the same number of images: several volumes in one series.
        GridError: Some positions have more images than others.
    """
    counts = [len(frames) for frames in places]
    if max(counts) == 1:
        return [frames[0] for frames in places]
    if min(counts) == max(counts):
        raise VolumeError(
            f"holds {counts[0]} volumes, one after the other in the same place; "
            "take one out, such as with dcm2niix"
        )
    doubled = next(n for n, count in enumerate(counts) if count > 1)
    raise GridError(
        f"has {counts[doubled]} images that differ at the place of slice {doubled + 1} "
        f"of {len(counts)}; remove the wrong one, or export the series again"
    )


def _volume(frames: Sequence[Frame], grid: Grid, pixels: Pixels) -> Volume:
    """Scale the slices and stack them."""
    stored = pixels[frames[0].path, frames[0].index].dtype
    data = np.empty(grid.shape, dtype=np.float32)
    for k, frame in enumerate(frames):
        image = pixels[frame.path, frame.index].astype(np.float64)
        data[:, :, k] = (image * frame.slope + frame.intercept).T
    bad = int(data.size - np.count_nonzero(np.isfinite(data)))
    if bad:
        raise VolumeError(f"has {bad} NaN or infinite voxels; get a new export of it")
    if not data.any():
        raise VolumeError("is zero everywhere; give the image itself")
    return Volume(data, grid, stored_dtype=stored.name, frame=frames[0].reference or None)
