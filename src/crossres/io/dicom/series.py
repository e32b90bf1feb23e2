"""Series: slices that belong together, with a label and a key by which one can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.geometry import by_position, grid_of, plane_of
from crossres.types import CrossresError
from crossres.volume import Grid

_SAME_DIRECTION = 1e-3
_SHORTEST_ENDING = 4


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one series of one orientation, size, echo and image type.

    Args:
        frames: The slices, in any order; several may have the same position.
        label: The series' description; for one of several stacks also the differences.
        key: Series Instance UID, with ``#n`` for one of several stacks.
        ending: The shortest end of the key that is unique in its folder.
        damaged: Number of DICOM files of its folder that cannot be read.
    """

    frames: tuple[Frame, ...]
    label: str
    key: str
    ending: str
    damaged: int = 0

    @property
    def name(self) -> str:
        """The label, or the number of files where the series has no description."""
        count = len(self.files)
        return self.label or f"DICOM series, {count} file{'s' * (count != 1)}"

    @cached_property
    def files(self) -> list[Path]:
        """Its files, sorted by path."""
        return sorted({frame.path for frame in self.frames})

    @property
    def modality(self) -> str:
        """Modality of its images, such as ``"MR"``."""
        return self.frames[0].modality

    @property
    def plane(self) -> str:
        """The plane of its slices: axial, coronal or sagittal."""
        return plane_of(self.frames[0])

    @cached_property
    def places(self) -> list[list[Frame]]:
        """Its frames sorted along their normal, grouped by position.

        Raises:
            GridError: A frame without a position, or impossible geometry.
            VolumeError: An image in colour, inverted, a mosaic, or with a lookup table.
        """
        return by_position(self.frames)

    @property
    def grid(self) -> Grid:
        """Its grid, in RAS+ mm.

        Raises:
            GridError: The frames make no regular grid.
            VolumeError: An image in colour, inverted, a mosaic, or with a lookup table.
        """
        if isinstance(self._grid, CrossresError):
            raise self._grid
        return self._grid

    @property
    def problem(self) -> str:
        """The reason why it cannot be read, as far as its headers show it; empty without one."""
        return str(self._grid) if isinstance(self._grid, CrossresError) else ""

    @cached_property
    def _grid(self) -> Grid | CrossresError:
        try:
            return grid_of([group[0] for group in self.places])
        except CrossresError as error:
            return error

    @property
    def line(self) -> str:
        """Its description, modality, size, plane and the end of its UID in one line."""
        label, count = self.label or "(no description)", len(self.frames)
        return f"'{label}' ({self.modality}, {count} x {self.plane}, UID ...{self.ending})"


def series_of(frames: Sequence[Frame]) -> list[Series]:
    """Sort frames into series, and divide a series that mixes several stacks.

    Args:
        frames: The frames of a folder.

    Returns:
        The series, sorted by description, then by UID.
    """
    by_uid: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_uid[frame.series].append(frame)
    found = {key: stack for uid in by_uid for key, stack in _stacks(by_uid[uid], uid).items()}
    endings = _endings(list(found))
    made = [Series(tuple(s), label, key, endings[key]) for key, (label, s) in found.items()]
    return sorted(made, key=lambda series: (series.label.lower(), series.key))


def _stacks(frames: Sequence[Frame], uid: str) -> dict[str, tuple[str, list[Frame]]]:
    """Divide one series into stacks: label and frames by key."""
    stacks: defaultdict[tuple[object, ...], list[Frame]] = defaultdict(list)
    directions: list[NDArray[np.float64]] = []
    for frame in frames:
        direction = _direction(frame, directions)
        spacing = np.round(frame.spacing or 0, 4).tolist()
        stacks[(direction, frame.size, str(spacing), str(frame.echo), frame.kind)].append(frame)
    groups = [stacks[key] for key in sorted(stacks, key=str)]
    if len(groups) == 1:
        return {uid: (frames[0].description, groups[0])}
    return {
        f"{uid}#{n}": (f"{group[0].description} [{_difference(n, groups)}]".strip(), group)
        for n, group in enumerate(groups, start=1)
    }


def _direction(frame: Frame, known: list[NDArray[np.float64]]) -> int:
    """Return the index of the frame's direction among the known ones; a new one is appended."""
    direction = np.array(frame.orientation or [0.0] * 6)
    for number, other in enumerate(known):
        if np.allclose(direction, other, rtol=0, atol=_SAME_DIRECTION, equal_nan=True):
            return number
    known.append(direction)
    return len(known) - 1


def _difference(number: int, groups: Sequence[Sequence[Frame]]) -> str:
    """Return the traits in which one stack of a series differs from another, else its number."""
    traits = [_traits(group[0]) for group in groups]
    own = traits[number - 1]
    different = [
        trait
        for trait, all_ in zip(own, zip(*traits, strict=True), strict=True)
        if len(set(all_)) > 1
    ]
    numbered = [] if traits.count(own) == 1 else [str(number)]
    return ", ".join([*different, *numbered])


def _traits(frame: Frame) -> tuple[str, ...]:
    """Return plane, echo time, image type and size of a frame as text."""
    rows, columns = frame.size
    echo = "no TE" if frame.echo is None else f"TE {frame.echo:g}"
    return (plane_of(frame), echo, "/".join(frame.kind), f"{columns} x {rows}")


def _endings(keys: Sequence[str]) -> dict[str, str]:
    """Return for each key its shortest unique ending."""

    def shortest(key: str) -> str:
        others = [other for other in keys if other != key]
        for length in range(_SHORTEST_ENDING, len(key)):
            if not any(other.endswith(key[-length:]) for other in others):
                return key[-length:]
        return key

    return {key: shortest(key) for key in keys}
