"""Who is learned from, who is tested on, and what they see: subjects, folds, simulated scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from crossres.datasets import Case, find_cases
from crossres.experiments.cohort import Simulated, every_slice
from crossres.io import read
from crossres.phantom import make_pair
from crossres.registration import RigidTransform, resample
from crossres.simulation import degrade
from crossres.types import FileFormatError
from crossres.volume import Pair, Volume

FOLDS = 4
PHANTOM_SHAPE, PHANTOM_SLICES = (48, 56, 48), (20, 26)
PHANTOM_SPACING = 4.0


@dataclass(frozen=True)
class Subject:
    """A co-registered pair: files of the cohort, or a drawn head.

    Args:
        name: For the results.
        case: Its files; None draws a small head.
        seed: Of the drawn head.
    """

    name: str
    case: Case | None = None
    seed: int = 0

    @property
    def identity(self) -> str:
        """Tell it from others of its name: by the seed, or by the sizes of its files."""
        if self.case is None:
            return f"{self.name}, seed {self.seed}"
        files = [self.case.target, *([self.case.guide] if self.case.guide else [])]
        sizes = [str(path.stat().st_size) if path.exists() else "missing" for path in files]
        return ", ".join([self.name, *sizes])


Subjects = tuple[Subject, ...]


def cohort_subjects(data: Path) -> list[Subject]:
    """Return the subjects of a BIDS folder of co-registered pairs, sorted by name."""
    return [Subject(case.name, case) for case in find_cases(data)]


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
    guide, reference = volumes(subject)
    moved = misregistered(guide, shift_mm, subject.name) if guided else None
    first = centre(reference.grid.shape[2]) % every
    kept = every_slice(reference, every, first)
    target = degrade(kept, kept.grid.coarsened((factor, factor, 1)))
    pair = Pair(target, kept.grid, None if moved is None else every_slice(moved, every, first))
    return Simulated(pair, kept)


def centre(slices: int) -> int:
    """Return the index of the centre slice."""
    return slices // 2
