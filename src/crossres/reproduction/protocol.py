"""The protocol: subjects, folds, and simulated low-resolution scans."""

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
"""The file that lists what a folder of packed scans holds."""
PHANTOM_SHAPE, PHANTOM_SLICES = (48, 56, 48), (20, 26)
PHANTOM_SPACING = 4.0


@dataclass(frozen=True)
class Packed:
    """What a packed copy of a subject holds (:mod:`crossres.reproduction.pack`).

    Args:
        identity: Identity of the subject whose scans were packed.
        every: Steps between slices that it was packed for.
        shifts: Registration errors of the guide that it was packed for, mm.
    """

    identity: str
    every: tuple[int, ...]
    shifts: tuple[float, ...]

    def check(self, every: int, shift_mm: float) -> None:
        """Refuse slices that were left out.

        Args:
            every: Steps between slices.
            shift_mm: Registration error of the guide, mm.

        Raises:
            SettingsError: The copy was not packed for them.
        """
        if every not in self.every or shift_mm not in self.shifts:
            raise SettingsError(
                f"the packed scans lack every {every}th slice with a registration error of "
                f"{shift_mm:g} mm; pack them for this budget and table, or use the scans"
            )


@dataclass(frozen=True)
class Subject:
    """A co-registered pair: files of the cohort, or a digital phantom.

    Args:
        name: For the results.
        case: Its files; None for a small phantom.
        seed: Of the phantom.
        packed: What the files hold, if they are a packed copy.
    """

    name: str
    case: Case | None = None
    seed: int = 0
    packed: Packed | None = None

    @property
    def identity(self) -> str:
        """Name with the seed, or with the sizes of the files: differs where scans differ."""
        if self.packed is not None:
            return self.packed.identity
        if self.case is None:
            return f"{self.name}, seed {self.seed}"
        files = [self.case.target, *([self.case.guide] if self.case.guide else [])]
        sizes = [str(path.stat().st_size) if path.exists() else "missing" for path in files]
        return ", ".join([self.name, *sizes])


Subjects = tuple[Subject, ...]


def cohort_subjects(data: Path) -> list[Subject]:
    """Return the subjects of a BIDS folder of co-registered pairs.

    Args:
        data: The folder; a packed one too.

    Returns:
        The subjects, sorted by name.

    Raises:
        FileFormatError: No pair, or a packed folder with other files than it was packed with.
    """
    known = read_packed(data)
    found = find_cases(data)
    if known is not None and known.keys() != {case.name for case in found}:
        raise FileFormatError(f"{data} has other scans than its {PACKED} lists; pack them again")
    return [Subject(c.name, c, packed=None if known is None else known[c.name]) for c in found]


def read_packed(data: Path) -> dict[str, Packed] | None:
    """Return what each subject of a packed folder holds.

    Args:
        data: The folder.

    Returns:
        By name; None for a folder of whole scans.

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
    """Return small digital phantoms, for a run without any scan.

    Args:
        count: How many.

    Returns:
        The subjects.

    Example:
        >>> [subject.name for subject in phantom_subjects(2)]
        ['phantom-01', 'phantom-02']
    """
    return [Subject(f"phantom-{n:02d}", seed=n) for n in range(1, count + 1)]


def folds(subjects: Sequence[Subject]) -> list[list[str]]:
    """Return the names of the test subjects of each fold: every fourth one, the last ones first.

    Of 20 subjects the first fold tests the 4th, 8th, 12th, 16th and 20th. Each subject is tested
    once, by networks that were not trained on it.

    Args:
        subjects: All subjects.

    Returns:
        Four lists of names.

    Raises:
        FileFormatError: Fewer subjects than folds.

    Example:
        >>> folds(phantom_subjects(5))[0]
        ['phantom-04']
    """
    if len(subjects) < FOLDS:
        raise FileFormatError(f"{FOLDS} folds need at least {FOLDS} subjects, got {len(subjects)}")
    return [[s.name for s in subjects[(-1 - fold) % FOLDS :: FOLDS]] for fold in range(FOLDS)]


def fold(subjects: Sequence[Subject], number: int) -> tuple[Subjects, Subjects]:
    """Return the training and the test subjects of a fold.

    Args:
        subjects: All subjects.
        number: Of the fold, from 0.

    Returns:
        Training subjects, test subjects.

    Raises:
        FileFormatError: Fewer subjects than folds.
    """
    tested = folds(subjects)[number]
    train = tuple(s for s in subjects if s.name not in tested)
    return train, tuple(s for s in subjects if s.name in tested)


def fold_number(train: Subjects, test: Subjects) -> int | None:
    """Return the number of the fold with these training and test subjects.

    Args:
        train: Training subjects.
        test: Test subjects.

    Returns:
        From 1; None if it is no fold.
    """
    everybody = sorted((*train, *test), key=lambda subject: subject.name)
    tested = [subject.name for subject in test]
    found = folds(everybody) if len(everybody) >= FOLDS else []
    return found.index(tested) + 1 if tested in found else None


@lru_cache(maxsize=24)
def volumes(subject: Subject) -> tuple[Volume, Volume]:
    """Return guide and reference, voxel axes towards R, A, S.

    Args:
        subject: The subject.

    Returns:
        Guide, reference.

    Raises:
        FileFormatError: A file cannot be read.
    """
    if subject.case is None:
        return make_pair(
            subject.seed, shape=PHANTOM_SHAPE, spacing=PHANTOM_SPACING, slices=PHANTOM_SLICES
        )
    assert subject.case.guide is not None  # find_cases requires one
    return read(subject.case.guide).canonical(), read(subject.case.target).canonical()


def misregistered(guide: Volume, error_mm: float, name: str) -> Volume:
    """Return the guide, moved by the same distance along each axis.

    Args:
        guide: The guide.
        error_mm: Distance along each axis, mm; 0 returns the guide itself.
        name: Name of the subject: it decides the sign along each axis.

    Returns:
        The guide resampled on its own grid.
    """
    if error_mm == 0:
        return guide
    signs = np.random.default_rng(crc32(name.encode())).choice((-1.0, 1.0), 3)
    matrix = np.eye(4)
    matrix[:3, 3] = error_mm * signs
    return resample(guide, guide.grid, RigidTransform(matrix))


def simulate_subject(
    subject: Subject, factor: float, *, guided: bool, every: int = 1, shift_mm: float = 0.0
) -> Simulated:
    """Degrade the reference of a subject in the plane; the centre slice is among those kept.

    Args:
        subject: The subject.
        factor: Of both axes of the axial plane.
        guided: With the guide or without.
        every: Keep every n-th axial slice.
        shift_mm: Registration error of the guide along each axis, mm.

    Returns:
        The degraded pair and its reference.

    Raises:
        SettingsError: A packed copy lacks these slices.
    """
    kept = reference_slices(subject, every)
    target = degrade(kept, kept.grid.coarsened((factor, factor, 1)))
    guide = guide_slices(subject, every, shift_mm) if guided else None
    return Simulated(Pair(target, kept.grid, guide), kept)


def reference_slices(subject: Subject, every: int) -> Volume:
    """Return the slices of the reference that are used.

    Args:
        subject: The subject.
        every: Every n-th axial slice, the centre slice among them.

    Returns:
        The slices as one volume.

    Raises:
        SettingsError: A packed copy lacks them.
    """
    if subject.packed is not None:
        subject.packed.check(every, 0.0)
    reference = volumes(subject)[1]
    return every_slice(reference, every, centre(reference.grid.shape[2]) % every)


def guide_slices(subject: Subject, every: int, shift_mm: float) -> Volume:
    """Return the same slices of the guide, with its registration error.

    Args:
        subject: The subject.
        every: Every n-th axial slice, the centre slice among them.
        shift_mm: Registration error along each axis, mm.

    Returns:
        The slices as one volume.

    Raises:
        SettingsError: A packed copy lacks them.
    """
    if subject.packed is not None:
        subject.packed.check(every, shift_mm)
    moved = misregistered(volumes(subject)[0], shift_mm, subject.name)
    return every_slice(moved, every, centre(moved.grid.shape[2]) % every)


def centre(slices: int) -> int:
    """Return the index of the centre slice.

    Args:
        slices: Number of slices.

    Returns:
        The index, from 0.
    """
    return slices // 2
