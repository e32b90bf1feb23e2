"""Series: slices that belong together, with a label and a key by which one can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydicom import Dataset

from crossres.io.dicom.frames import Frame, dataset, silent
from crossres.io.dicom.geometry import by_position, grid_of, median_length, plane_of
from crossres.io.dicom.stacks import Stack, is_even, stacks_of
from crossres.types import CrossresError, FileFormatError
from crossres.volume import Grid

_SHORTEST_ENDING = 4
_FEWEST = 3


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one series that make one stack.

    Args:
        frames: The slices, in any order; several may have the same position.
        label: The series' description; for one of several stacks also the differences.
        key: Series Instance UID, with ``#n`` for one of several stacks.
        ending: The shortest end of the key that is unique in its folder.
        damaged: Number of DICOM files of its folder that cannot be read.
        notes: What is odd about it, as the ends of sentences.
    """

    frames: tuple[Frame, ...]
    label: str
    key: str
    ending: str
    damaged: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """The label, or the number of files where the series has no description."""
        count = len(self.files)
        return self.label or f"DICOM series, {count} file{'s' * (count != 1)}"

    @cached_property
    def files(self) -> list[Path]:
        """Its files, sorted by path."""
        return sorted({frame.path for frame in self.frames})

    @cached_property
    def source_header(self) -> Dataset:
        """The header of its first slice, from which a derived series takes over attributes.

        Raises:
            FileFormatError: The file cannot be read.
        """
        with silent():
            return dataset(self.places[0][0].path)

    @property
    def modality(self) -> str:
        """Modality of its images, such as ``"MR"``."""
        return self.frames[0].modality

    @property
    def plane(self) -> str:
        """The plane of its slices: axial, coronal or sagittal."""
        return plane_of(self.frames[0])

    @property
    def thickness(self) -> float | None:
        """Slice thickness as its headers state it, mm; None where they do not."""
        return median_length([frame.thickness for frame in self.frames]) or None

    @cached_property
    def places(self) -> list[list[Frame]]:
        """Its frames sorted along their normal, grouped by position.

        Raises:
            GridError: A frame without a position, or impossible geometry.
            VolumeError: An image in colour, inverted, a mosaic, or with a lookup table.
            FileFormatError: A file whose header contradicts itself.
        """
        for frame in self.frames:
            if frame.problem:
                number = self.files.index(frame.path) + 1
                raise FileFormatError(
                    f"cannot be read: file {number} of {len(self.files)} (by name) {frame.problem}"
                )
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
    found: list[Series] = []
    for uid, members, notes in _by_uid(frames):
        stacks = stacks_of(members)
        for n, stack in enumerate(stacks, start=1):
            description = stack.frames[0].description
            label = f"{description} [{_difference(n, stacks)}]".strip()
            several = len(stacks) > 1
            key = f"{uid}#{n}" if several else uid
            joined = (*notes, *_joined(stack))
            found.append(
                Series(stack.frames, label if several else description, key, "", notes=joined)
            )
    endings = _endings([series.key for series in found])
    found = [replace(series, ending=endings[series.key]) for series in found]
    return sorted(found, key=lambda series: (series.label.lower(), series.key))


def _by_uid(frames: Sequence[Frame]) -> list[tuple[str, list[Frame], tuple[str, ...]]]:
    """Group frames by series; images of a series each that make one stack are one series."""
    by_uid: defaultdict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_uid[frame.series].append(frame)
    single: defaultdict[tuple[str, ...], list[Frame]] = defaultdict(list)
    for members in by_uid.values():
        if len(members) == 1:
            single[_kind(members[0])].append(members[0])
    joined: dict[str, tuple[str, ...]] = {}
    for members in single.values():
        if len(members) >= _FEWEST and members[0].study and is_even(members):
            for frame in members:
                del by_uid[frame.series]
            uid = min(frame.series for frame in members)
            by_uid[uid] = members
            joined[uid] = (
                f"has a Series Instance UID for each of its {len(members)} images, as some "
                "anonymisers write; they were joined by their positions",
            )
    return [(uid, members, joined.get(uid, ())) for uid, members in by_uid.items()]


def _kind(frame: Frame) -> tuple[str, ...]:
    """Return the attributes in which images of a series each must agree to be one series."""
    traits = (frame.orientation, frame.size, frame.spacing, frame.echo, frame.kind)
    return (frame.study, frame.description, frame.modality, *map(str, traits))


def _joined(stack: Stack) -> tuple[str, ...]:
    """Return a note about the attributes that differ between the slices of a stack."""
    if not stack.joined:
        return ()
    names = " and ".join(stack.joined)
    return (f"has slices that differ in {names}; they are one stack by their positions",)


def _difference(number: int, stacks: Sequence[Stack]) -> str:
    """Return the traits in which one stack of a series differs from another, else its number."""
    traits = [stack.traits for stack in stacks]
    own = traits[number - 1]
    different = [
        trait
        for trait, all_ in zip(own, zip(*traits, strict=True), strict=True)
        if len(set(all_)) > 1 and trait
    ]
    numbered = [] if traits.count(own) == 1 else [str(number)]
    return ", ".join([*different, *numbered])


def _endings(keys: Sequence[str]) -> dict[str, str]:
    """Return for each key its shortest unique ending."""

    def shortest(key: str) -> str:
        others = [other for other in keys if other != key]
        for length in range(_SHORTEST_ENDING, len(key)):
            if not any(other.endswith(key[-length:]) for other in others):
                return key[-length:]
        return key

    return {key: shortest(key) for key in keys}
