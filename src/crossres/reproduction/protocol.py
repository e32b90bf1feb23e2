"""Who is learned from, who is tested on, and what they see: subjects, folds, simulated scans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from crossres.io import Case, find_cases, read
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.registration import RigidTransform, resample
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.types import FileFormatError, SettingsError
from crossres.volume import Pair, Volume

FOLDS = 4
PACKED = "packed.json"
"""In a folder of packed scans: what of them is there."""
PHANTOM_SHAPE, PHANTOM_SLICES = (48, 56, 48), (20, 26)
PHANTOM_SPACING = 4.0


@dataclass(frozen=True)
class Packed:
    """What a packed copy of a subject holds (``pack``): some slices, under the scans' own identity.

    Args:
        identity: Of the subject whose scans were packed.
        every: Steps between slices that it was packed for.
        shifts: Registration errors of the guide that it was packed for, mm.
    """

    identity: str
    every: tuple[int, ...]
    shifts: tuple[float, ...]

    def check(self, every: int, shift_mm: float) -> None:
        """Refuse to show slices that were left out.

        Raises:
            SettingsError: They were.
        """
        if every not in self.every or shift_mm not in self.shifts:
            raise SettingsError(
                f"the packed scans lack what is wanted here, every {every}th slice and a guide off "
                f"by {shift_mm:g} mm; pack them for this budget and table, or give the scans"
            )


@dataclass(frozen=True)
class Subject:
    """A co-registered pair: files of the cohort, or a drawn head.

    Args:
        name: For the results.
        case: Its files; None draws a small head.
        seed: Of the drawn head.
        packed: What the files hold, if they are a packed copy.
    """

    name: str
    case: Case | None = None
    seed: int = 0
    packed: Packed | None = None

    @property
    def identity(self) -> str:
        """Tell it from others of its name: by the seed, or by the sizes of its files."""
        if self.packed is not None:
            return self.packed.identity
        if self.case is None:
            return f"{self.name}, seed {self.seed}"
        files = [self.case.target, *([self.case.guide] if self.case.guide else [])]
        sizes = [str(path.stat().st_size) if path.exists() else "missing" for path in files]
        return ", ".join([self.name, *sizes])


Subjects = tuple[Subject, ...]


def cohort_subjects(data: Path) -> list[Subject]:
    """Return the subjects of a BIDS folder of co-registered pairs, sorted by name.

    Raises:
        FileFormatError: No pair, or a packed folder with other files than it was packed with.
    """
    known = read_packed(data)
    found = find_cases(data)
    if known is not None and known.keys() != {case.name for case in found}:
        raise FileFormatError(f"{data} has other scans than {PACKED} in it says; pack them again")
    return [Subject(c.name, c, packed=None if known is None else known[c.name]) for c in found]


def read_packed(data: Path) -> dict[str, Packed] | None:
    """Return what each subject of a packed folder holds; None for a folder of whole scans.

    Raises:
        FileFormatError: The list is damaged.
    """
    path = data / PACKED
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        every, shifts = tuple(map(int, content["every"])), tuple(map(float, content["shifts_mm"]))
        return {name: Packed(str(i), every, shifts) for name, i in content["subjects"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path} is damaged; pack the scans again") from error


def phantom_subjects(count: int = 4) -> list[Subject]:
    """Return small drawn heads, for a run without any scan."""
    return [Subject(f"phantom-{n:02d}", seed=n) for n in range(1, count + 1)]


def folds(subjects: Sequence[Subject]) -> list[list[str]]:
    """Return the names of each fold's test subjects: every fourth one, the last ones first.

    Of 20 subjects the first fold tests the 4th, 8th, 12th, 16th and 20th, and so on: each subject
    is tested once, by networks that did not learn from it.

    Raises:
        FileFormatError: Fewer subjects than folds.
    """
    if len(subjects) < FOLDS:
        raise FileFormatError(f"{FOLDS} folds want at least {FOLDS} subjects, got {len(subjects)}")
    return [[s.name for s in subjects[(-1 - fold) % FOLDS :: FOLDS]] for fold in range(FOLDS)]


def fold(subjects: Sequence[Subject], number: int) -> tuple[Subjects, Subjects]:
    """Return who is learned from and who is tested in a fold; the first one is number 0."""
    tested = folds(subjects)[number]
    learners = tuple(s for s in subjects if s.name not in tested)
    return learners, tuple(s for s in subjects if s.name in tested)


def fold_number(train: Subjects, test: Subjects) -> int | None:
    """Return the number, from 1, of the fold that learns from and tests these; None if none."""
    everybody = sorted((*train, *test), key=lambda subject: subject.name)
    tested = [subject.name for subject in test]
    found = folds(everybody) if len(everybody) >= FOLDS else []
    return found.index(tested) + 1 if tested in found else None


@lru_cache(maxsize=24)
def volumes(subject: Subject) -> tuple[Volume, Volume]:
    """Return guide and reference, voxel axes towards R, A, S."""
    if subject.case is None:
        return make_pair(
            subject.seed, shape=PHANTOM_SHAPE, spacing=PHANTOM_SPACING, slices=PHANTOM_SLICES
        )
    assert subject.case.guide is not None  # find_cases asked for one
    return read(subject.case.guide).canonical(), read(subject.case.target).canonical()


def misregistered(guide: Volume, error_mm: float, name: str) -> Volume:
    """Move the guide by ``error_mm`` along each axis, each sign by the subject's name."""
    if error_mm == 0:
        return guide
    signs = np.random.default_rng(crc32(name.encode())).choice((-1.0, 1.0), 3)
    matrix = np.eye(4)
    matrix[:3, 3] = error_mm * signs
    return resample(guide, guide.grid, RigidTransform(matrix))


def simulate(
    subject: Subject, factor: float, *, guided: bool, every: int = 1, shift_mm: float = 0.0
) -> Simulated:
    """Degrade a subject's reference in the plane; the centre slice is among those kept.

    Args:
        subject: Who.
        factor: Of both axes of the axial plane.
        guided: With the guide or without.
        every: Keep every n-th axial slice.
        shift_mm: Registration error of the guide, along each axis.
    """
    kept = shown(subject, every)
    target = degrade(kept, kept.grid.coarsened((factor, factor, 1)))
    guide = shown_guide(subject, every, shift_mm) if guided else None
    return Simulated(Pair(target, kept.grid, guide), kept)


def shown(subject: Subject, every: int) -> Volume:
    """Return the slices of the reference that are used."""
    if subject.packed is not None:
        subject.packed.check(every, 0.0)
    reference = volumes(subject)[1]
    return every_slice(reference, every, centre(reference.grid.shape[2]) % every)


def shown_guide(subject: Subject, every: int, shift_mm: float) -> Volume:
    """Return the same slices of the guide, as it is registered."""
    if subject.packed is not None:
        subject.packed.check(every, shift_mm)
    moved = misregistered(volumes(subject)[0], shift_mm, subject.name)
    return every_slice(moved, every, centre(moved.grid.shape[2]) % every)


def centre(slices: int) -> int:
    """Return the index of the centre slice."""
    return slices // 2
