"""The subjects: co-registered pairs of a cohort, packed copies of them, or digital phantoms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crossres.files import read_json
from crossres.io import Case, find_cases, read
from crossres.phantom import make_pair
from crossres.types import FileFormatError, SettingsError
from crossres.volume import Volume

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
        content = read_json(path)
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
