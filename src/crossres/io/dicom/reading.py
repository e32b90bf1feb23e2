"""A DICOM series as one volume, decoded and scaled."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Num

from crossres.files import Snapshot, read_whole
from crossres.io.dicom.differences import differences
from crossres.io.dicom.frames import Frame
from crossres.io.dicom.geometry import irregularities
from crossres.io.dicom.pixels import decoded
from crossres.io.dicom.scaling import check_slices_agree, fill_padding, scaled, usual_padding
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

Image: TypeAlias = tuple[Num[np.ndarray, "rows columns"], Bool[np.ndarray, "rows columns"]]
"""Stored numbers, and which of them are padding."""
Images: TypeAlias = dict[tuple[Path, int], Image]
"""Images by file and frame."""


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
    volume, notes, _ = load_series(series, progress=progress)
    for note in notes:
        warnings.warn(note, CrossresWarning, stacklevel=2)
    return volume


def load_series(
    series: Series, *, progress: Progress | None = None
) -> tuple[Volume, list[str], list[Snapshot]]:
    """Read a series as :func:`read_series` does, but return the warnings as text.

    Args:
        series: From :func:`crossres.io.dicom.find_series`.
        progress: Called with (files read, total files).

    Returns:
        The image, ``(i, j, k)``, in RAS+ mm, the warnings, and the files as they were read.

    Raises:
        FileFormatError: A file is damaged, holds no pixels or has an unknown compression.
        GridError: Slices are missing, doubled with other content, unevenly spaced or without a
            position.
        VolumeError: Colour, inverted, several volumes in one, NaN voxels, or zero everywhere.
    """
    try:
        grid, places = series.grid, series.places
        images, snapshots, odd = _images(series, progress)
        kept = _one_per_place([_distinct(frames, images) for frames in places])
        check_slices_agree(kept)
        volume = _volume(kept, grid, images)
    except CrossresError as error:
        raise type(error)(f"series {series.name!r} {error}") from error
    notes = [*odd, *_notes(series, kept, len(series.frames) - len(kept))]
    return volume, [f"series {series.name!r} {note}" for note in notes], snapshots


def _notes(series: Series, kept: Sequence[Frame], copies: int) -> list[str]:
    """Return the warnings about slices that were left out or joined, and about the geometry."""
    notes = [*series.notes, *irregularities(kept), *differences(kept)]
    if copies:
        notes.append(
            f"holds {copies} exact {'copy' if copies == 1 else 'copies'} of its slices, left out"
        )
    if series.damaged:
        notes.append(
            f"lies beside {series.damaged} damaged DICOM files, which were left out; slices at its "
            "ends may be missing"
        )
    return notes


def _images(series: Series, progress: Progress | None) -> tuple[Images, list[Snapshot], list[str]]:
    """Decode all frames of the files of a series, without scaling; with warnings about them."""
    found: Images = {}
    snapshots, files, beyond = [], series.files, list[str]()
    for number, path in enumerate(files, start=1):
        label = f"file {number} of {len(files)} (by name)"
        content, snapshot = _content(path, label)
        snapshots.append(snapshot)
        pixels = decoded(content, label)
        beyond += [label] * pixels.beyond
        images = zip(pixels.values, pixels.padded, strict=True)
        found.update({(path, index): image for index, image in enumerate(images)})
        if progress is not None:
            progress(number, len(files))
    if not all((frame.path, frame.index) in found for frame in series.frames):
        raise FileFormatError("has fewer pictures than its header promises; get a new export of it")
    return found, snapshots, _beyond(beyond)


def _beyond(labels: Sequence[str]) -> list[str]:
    """Return a warning about files with bits above the stored ones."""
    if not labels:
        return []
    return [
        f"has bits above its Bits Stored in {labels[0]}, which were left out: check the image; if "
        "they are no overlay, its header states too few bits"
    ]


def _content(path: Path, label: str) -> tuple[bytes, Snapshot]:
    try:
        return read_whole(path)
    except FileFormatError as error:
        raise FileFormatError(f"cannot be read: {label} is gone or not readable") from error


def _distinct(frames: Sequence[Frame], images: Images) -> list[Frame]:
    """Return the frames of one position without exact copies."""
    kept: list[Frame] = []
    for frame in frames:
        (image, _), scaling = images[frame.path, frame.index], (frame.slope, frame.intercept)
        alike = [other for other in kept if (other.slope, other.intercept) == scaling]
        if not any(np.array_equal(image, images[other.path, other.index][0]) for other in alike):
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


def _volume(frames: Sequence[Frame], grid: Grid, images: Images) -> Volume:
    """Scale the slices and stack them, with background in place of padding."""
    stored = images[frames[0].path, frames[0].index][0].dtype
    data, padded = np.empty(grid.shape, dtype=np.float32), np.zeros(grid.shape, dtype=np.bool_)
    usual = usual_padding(frames)
    for k, frame in enumerate(frames):
        image, padding = images[frame.path, frame.index]
        if usual is not None and frame.padding is None:
            padding = (image >= usual[0]) & (image <= usual[1])
        data[:, :, k], padded[:, :, k] = scaled(image, frame).T, padding.T
    fill_padding(data, padded)
    bad = int(data.size - np.count_nonzero(np.isfinite(data)))
    if bad:
        raise VolumeError(f"has {bad} NaN or infinite voxels; get a new export of it")
    if not data.any():
        raise VolumeError("is zero everywhere; give the image itself")
    references = {frame.reference for frame in frames}
    reference = references.pop() if len(references) == 1 else None
    return Volume(data, grid, stored_dtype=stored.name, frame=reference or None)
