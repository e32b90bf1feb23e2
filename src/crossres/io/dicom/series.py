"""Series: the slices that belong together, told apart and named so that one can be chosen."""

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
        frames: The slices, in no particular order; the same place may come several times.
        label: The series' description and, where its slices make several stacks, which one it is.
        key: Series Instance UID, with ``#n`` where its slices make several stacks.
        ending: What is enough of the key, from its end, to tell it from the others of its folder.
        damaged: How many DICOM files of its folder cannot be read.
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
        """The files it is in."""
        return sorted({frame.path for frame in self.frames})

    @property
    def modality(self) -> str:
        """Such as ``"MR"``."""
        return self.frames[0].modality

    @property
    def plane(self) -> str:
        """The plane of its slices: axial, coronal or sagittal."""
        return plane_of(self.frames[0])

    @cached_property
    def places(self) -> list[list[Frame]]:
        """Its frames sorted along their normal, those at one place together.

        Raises:
            CrossresError: The frames are no images with a place in the world.
        """
        return by_position(self.frames)

    @property
    def grid(self) -> Grid:
        """Where its voxels are.

        Raises:
            CrossresError: The frames make no volume.
        """
        if isinstance(self._found, CrossresError):
            raise self._found
        return self._found

    @property
    def problem(self) -> str:
        """What keeps it from being read, as far as its headers tell; empty if nothing does."""
        return str(self._found) if isinstance(self._found, CrossresError) else ""

    @cached_property
    def _found(self) -> Grid | CrossresError:
        try:
            return grid_of([group[0] for group in self.places])
        except CrossresError as error:
            return error

    @property
    def line(self) -> str:
        """Everything one needs to choose it, in one line."""
        label, count = self.label or "(no description)", len(self.frames)
        return f"'{label}' ({self.modality}, {count} x {self.plane}, UID ...{self.ending})"


def series_of(frames: Sequence[Frame]) -> list[Series]:
    """Sort frames into series, and a series that mixes several stacks into those.

    Returns:
        Sorted by description, then by UID.
    """
    by_uid: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_uid[frame.series].append(frame)
    found = {key: stack for uid in by_uid for key, stack in _stacks(by_uid[uid], uid).items()}
    endings = _endings(list(found))
    made = [Series(tuple(s), label, key, endings[key]) for key, (label, s) in found.items()]
    return sorted(made, key=lambda series: (series.label.lower(), series.key))


def _stacks(frames: Sequence[Frame], uid: str) -> dict[str, tuple[str, list[Frame]]]:
    """Divide one series into stacks, each under its key and with its label."""
    stacks: defaultdict[tuple[object, ...], list[Frame]] = defaultdict(list)
    directions: list[NDArray[np.float64]] = []
    for frame in frames:
        turned = _direction(frame, directions)
        spacing = np.round(frame.spacing or 0, 4).tolist()
        stacks[(turned, frame.size, str(spacing), str(frame.echo), frame.kind)].append(frame)
    groups = [stacks[key] for key in sorted(stacks, key=str)]
    if len(groups) == 1:
        return {uid: (frames[0].description, groups[0])}
    return {
        f"{uid}#{n}": (f"{group[0].description} [{_difference(n, groups)}]".strip(), group)
        for n, group in enumerate(groups, start=1)
    }


def _direction(frame: Frame, known: list[NDArray[np.float64]]) -> int:
    """Return the number of the frame's direction among the known ones, to which it may be added."""
    direction = np.array(frame.orientation or [0.0] * 6)
    for number, other in enumerate(known):
        if np.allclose(direction, other, rtol=0, atol=_SAME_DIRECTION, equal_nan=True):
            return number
    known.append(direction)
    return len(known) - 1


def _difference(number: int, groups: Sequence[Sequence[Frame]]) -> str:
    """Say in a few words what sets one stack of a series apart from the others."""
    traits = [_traits(group[0]) for group in groups]
    mine = traits[number - 1]
    telling = [
        trait
        for trait, all_ in zip(mine, zip(*traits, strict=True), strict=True)
        if len(set(all_)) > 1
    ]
    numbered = [] if traits.count(mine) == 1 else [str(number)]
    return ", ".join([*telling, *numbered])


def _traits(frame: Frame) -> tuple[str, ...]:
    rows, columns = frame.size
    echo = "no TE" if frame.echo is None else f"TE {frame.echo:g}"
    return (plane_of(frame), echo, "/".join(frame.kind), f"{columns} x {rows}")


def _endings(keys: Sequence[str]) -> dict[str, str]:
    """Return for each key its shortest ending that no other key has."""

    def shortest(key: str) -> str:
        others = [other for other in keys if other != key]
        for length in range(_SHORTEST_ENDING, len(key)):
            if not any(other.endswith(key[-length:]) for other in others):
                return key[-length:]
        return key

    return {key: shortest(key) for key in keys}
