"""The stacks of a series: by geometry first, by other attributes only where slices coincide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.geometry import by_position, grid_of, have_places, offsets, plane_of
from crossres.io.dicom.stations import stations
from crossres.types import CrossresError

_SAME_DIRECTION = 1e-3
# Echo times of one contrast differ by rounding; those of two echoes by a millisecond or more.
_SAME_ECHO_MS, _SAME_ECHO = 0.1, 0.01
_SAME_SPACING = 0.005
# Words of the image type that mean another quantity; other words differ between slices of one.
_QUANTITIES = {
    "M", "P", "R", "I", "MAGNITUDE", "PHASE", "REAL", "IMAGINARY", "PHASE MAP", "FIELD MAP",
    "FIELD_MAP", "VELOCITY", "ADC", "FA", "TRACEW", "WATER", "FAT", "IN_PHASE", "OUT_PHASE", "T1",
    "T2", "T2_STAR", "DIFFUSION", "MPR", "MOSAIC", "PROJECTION IMAGE", "MIN IP", "MAX_IP",
    "LOCALIZER",
}  # fmt: skip
_PREFIXES = ("M_", "P_", "R_", "I_")
_TRAITS: dict[str, Callable[[Frame], str]] = {
    "echo time": lambda frame: str(frame.echo),
    "pixel spacing": lambda frame: str(frame.spacing),
    "image type": lambda frame: "/".join(frame.kind),
}


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices of one orientation, one behind the other.

    Args:
        frames: The slices.
        station: Its place, if slices of the same kind lie elsewhere; else empty.
        joined: Names of the attributes that differ between its slices.
    """

    frames: tuple[Frame, ...]
    station: str = ""
    joined: tuple[str, ...] = ()

    @property
    def traits(self) -> tuple[str, ...]:
        """Plane, place, echo time, image type and size as text."""
        first = self.frames[0]
        rows, columns = first.size
        echo = "no TE" if first.echo is None else f"TE {first.echo:g}"
        return (plane_of(first), self.station, echo, "/".join(first.kind), f"{columns} x {rows}")


def stacks_of(frames: Sequence[Frame]) -> list[Stack]:
    """Divide the frames of one series into stacks.

    Slices that lie evenly one behind the other are one stack even if a header attribute differs a
    little between them. Slices in the same places are divided by the attributes in which they
    differ.

    Args:
        frames: The frames of a series.

    Returns:
        The stacks, in an order that does not depend on that of the frames.
    """
    contradictory = tuple(frame for frame in frames if frame.problem)
    sound = [frame for frame in frames if not frame.problem]
    if not sound:
        sound, contradictory = list(frames), ()
    found = [
        Stack(part.frames, station, part.joined)
        for group in _of_one_kind(sound)
        for station, members in stations(group)
        for part in _parts(members)
    ]
    # Where the header of a file contradicts itself, it is open to which stack it belongs.
    found = [replace(stack, frames=(*stack.frames, *contradictory)) for stack in found]
    return sorted(found, key=lambda stack: (*stack.traits, str(stack.frames[0].spacing)))


def is_even(frames: Sequence[Frame]) -> bool:
    """Return whether frames make a regular grid with one image in each place.

    Args:
        frames: Frames of one orientation; copies of one image count once.

    Returns:
        True if they do.
    """
    try:
        places = by_position(frames)
        grid_of([group[0] for group in places])
    except CrossresError:
        return False
    return all(len(set(map(_identity, group))) == 1 for group in places)


def _identity(frame: Frame) -> tuple[object, ...]:
    """Return what copies of one image have in common."""
    return (frame.instance, frame.index, *(trait(frame) for trait in _TRAITS.values()))


def _of_one_kind(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Group frames that may be one stack: of one direction, size, spacing, echo and quantity."""
    directions: list[NDArray[np.float64]] = []
    echoes = _Near(_SAME_ECHO_MS, _SAME_ECHO, {frame.echo for frame in frames})
    spacings = _Near(0.0, _SAME_SPACING, {n for frame in frames for n in frame.spacing or ()})
    groups: defaultdict[tuple[object, ...], list[Frame]] = defaultdict(list)
    quantities = {_quantity(frame) for frame in frames if _quantity(frame)}
    for frame in frames:
        near = [spacings.of(n) for n in frame.spacing or ()]
        kind = (_direction(frame, directions), frame.size, *near, echoes.of(frame.echo))
        # Slices that state no quantity are taken for the only one that others state.
        groups[(*kind, _quantity(frame) if len(quantities) > 1 else "")].append(frame)
    return list(groups.values())


class _Near:
    """Numbers in groups within which neighbours differ by rounding only.

    Args:
        absolute: Largest difference.
        relative: Largest difference as a share of the number.
        numbers: The numbers; None and NaN go with the only group, else into one of their own.
    """

    def __init__(self, absolute: float, relative: float, numbers: Iterable[float | None]) -> None:
        self._groups: dict[float, int] = {}
        last = -np.inf
        for number in sorted(n for n in numbers if n is not None and np.isfinite(n)):
            new = number - last > max(absolute, relative * abs(number))
            self._groups[number] = len(self._groups) if new else self._groups[last]
            last = number

    def of(self, number: float | None) -> int:
        """Return the group of a number."""
        alone = 0 if len(set(self._groups.values())) <= 1 else -1
        return alone if number is None else self._groups.get(number, alone)


def _direction(frame: Frame, known: list[NDArray[np.float64]]) -> int:
    """Return the index of the frame's direction among the known ones; a new one is appended."""
    direction = np.array(frame.orientation or [0.0] * 6)
    for number, other in enumerate(known):
        if np.allclose(direction, other, rtol=0, atol=_SAME_DIRECTION, equal_nan=True):
            return number
    known.append(direction)
    return len(known) - 1


def _quantity(frame: Frame) -> frozenset[str]:
    """Return the words of the image type that name what is shown."""
    words = {word.strip().upper() for word in frame.kind}
    return frozenset(w for w in words if w in _QUANTITIES or w.startswith(_PREFIXES))


def _parts(frames: Sequence[Frame]) -> list[Stack]:
    """Divide frames by as few attributes as make each part a regular grid."""
    differing = _differing(frames)
    for count in range(len(differing) + 1):
        for names in combinations(differing, count):
            parts = _by_traits(frames, names)
            if all(map(is_even, parts)) and not _interleaved(parts):
                return [_joined(part) for part in parts]
    if have_places(frames) and len(np.unique(_along(frames))) == len(frames):
        return [_joined(frames)]
    return [Stack(tuple(part)) for part in _by_traits(frames, differing)]


def _differing(frames: Sequence[Frame]) -> list[str]:
    """Return the names of the attributes that differ between frames."""
    return [name for name, trait in _TRAITS.items() if len(set(map(trait, frames))) > 1]


def _by_traits(frames: Sequence[Frame], names: Sequence[str]) -> list[list[Frame]]:
    """Group frames by some of their attributes."""
    groups: defaultdict[tuple[str, ...], list[Frame]] = defaultdict(list)
    for frame in frames:
        groups[tuple(_TRAITS[name](frame) for name in names)].append(frame)
    return list(groups.values())


def _along(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """Return the places of frames along their normal in mm, rounded to hundredths."""
    return np.round(offsets(frames)[:, 2], 2)


def _interleaved(parts: Sequence[Sequence[Frame]]) -> bool:
    """Return whether slices of one part lie between those of another, not in the same places."""
    for one, other in combinations(map(_along, parts), 2):
        overlap = max(one.min(), other.min()) < min(one.max(), other.max())
        if overlap and not np.intersect1d(one, other).size:
            return True
    return False


def _joined(frames: Sequence[Frame]) -> Stack:
    """Return frames as one stack, with the pixel spacing that has most digits."""
    names = tuple(_differing(frames))
    spacing = max((frame.spacing for frame in frames), key=lambda found: len(str(found)))
    return Stack(tuple(replace(frame, spacing=spacing) for frame in frames), joined=names)
