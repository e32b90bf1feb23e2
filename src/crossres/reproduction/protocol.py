"""The protocol: folds of subjects, and simulated low-resolution scans."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from crossres.physics import degrade
from crossres.registration import RigidTransform, resample
from crossres.reproduction.aligned import align_once
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.reproduction.subjects import Subject, Subjects, volumes
from crossres.types import FileFormatError, SettingsError
from crossres.volume import Pair, Volume

FOLDS = 4


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
        >>> folds([Subject(f"phantom-{n:02d}", seed=n) for n in range(1, 6)])[0]
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
    subject: Subject,
    factor: float,
    *,
    guided: bool,
    every: int = 1,
    shift_mm: float = 0.0,
    register: bool = True,
    kept: Path | None = None,
) -> Simulated:
    """Degrade the reference of a subject in the plane; the centre slice is among those kept.

    Args:
        subject: The subject.
        factor: Of both axes of the axial plane.
        guided: With the guide or without.
        every: Keep every n-th axial slice.
        shift_mm: Registration error of the guide along each axis, mm, added to the aligned guide.
        register: Whether the guide is aligned with the degraded scan first; digital phantoms are
            aligned as they are.
        kept: Folder of the motions that earlier runs found; None to keep none.

    Returns:
        The degraded pair and its reference.

    Raises:
        SettingsError: A packed copy lacks these slices, or those that an alignment needs.
    """
    shown = reference_slices(subject, every)
    target = degrade(shown, shown.grid.coarsened((factor, factor, 1)))
    if not guided:
        return Simulated(Pair(target, shown.grid), shown)
    if register and subject.case is not None:
        aligned = aligned_guide(subject, factor, kept)
        guide = _central(misregistered(aligned, shift_mm, subject.name), every)
    else:
        guide = guide_slices(subject, every, shift_mm)
    return Simulated(Pair(target, shown.grid, guide), shown)


@lru_cache(maxsize=4)
def aligned_guide(subject: Subject, factor: float, kept: Path | None = None) -> Volume:
    """Return the whole guide, aligned with the degraded scan of a subject.

    Args:
        subject: The subject.
        factor: Of both axes of the axial plane.
        kept: Folder of the motions that earlier runs found; None to keep none.

    Returns:
        The guide on the grid of the reference.

    Raises:
        SettingsError: A packed copy, which lacks slices.
    """
    if subject.packed is not None:
        raise SettingsError(
            "packed scans hold some slices only, too few to align them by; use the scans, or leave "
            "the guides where their headers place them (`register=False`)"
        )
    guide, reference = volumes(subject)
    target = degrade(reference, reference.grid.coarsened((factor, factor, 1)))
    name = f"{subject.name}-{crc32(subject.identity.encode()):08x}-x{factor:g}"
    found = align_once(name, target, guide, reference.grid, kept).pair.guide
    assert found is not None  # it was given
    return found


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
    return _central(volumes(subject)[1], every)


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
    return _central(misregistered(volumes(subject)[0], shift_mm, subject.name), every)


def _central(volume: Volume, every: int) -> Volume:
    """Return every n-th axial slice, the centre slice among them."""
    return every_slice(volume, every, centre(volume.grid.shape[2]) % every)


def centre(slices: int) -> int:
    """Return the index of the centre slice.

    Args:
        slices: Number of slices.

    Returns:
        The index, from 0.
    """
    return slices // 2
