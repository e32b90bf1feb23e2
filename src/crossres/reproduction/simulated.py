"""A simulated low-resolution cohort: every scan is degraded once, before any training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from crossres.inference import Example, example_of
from crossres.io import Case, read
from crossres.physics import degrade
from crossres.reproduction.aligned import align_once
from crossres.types import Triple
from crossres.volume import Grid, Pair, Profile, Volume

FOLD_1 = ("sub-04", "sub-08", "sub-12", "sub-16", "sub-20")
"""Test subjects of the first of the paper's four folds."""


class _Options(TypedDict):
    guided: bool
    every: int
    register: bool
    kept: Path | None


@dataclass(frozen=True, eq=False)
class Simulated:
    """A degraded pair with its reference.

    Args:
        pair: Degraded target, fine grid and guide.
        reference: The truth, for scoring only.
        detail: FWHM of the guide's own voxels along the target's axes, mm; None where it is that of
            the fine grid.
    """

    pair: Pair
    reference: Volume
    detail: Triple | None = None


def simulate(
    case: Case,
    factor: float,
    *,
    guided: bool = True,
    every: int = 1,
    register: bool = True,
    kept: Path | None = None,
) -> Simulated:
    """Read a case, degrade its target in the axial plane, and align the guide with the result.

    The guide is aligned with the degraded scan, as it is in use; the reference has no part in it.

    Args:
        case: Files of target and guide.
        factor: Of both axes of the plane.
        guided: With the guide, if the case has one.
        every: Keep every n-th axial slice; the guide is aligned by all of them.
        register: Whether the guide is aligned; False leaves it where its header places it, on the
            grid of the target.
        kept: Folder of the motions that earlier runs found; None to keep none.

    Returns:
        The degraded pair and its reference.

    Raises:
        FileFormatError: A file cannot be read.
        CrossresError: A pair that cannot be aligned.
    """
    reference = read(case.target).canonical()
    fine = reference.grid
    target = degrade(reference, fine.coarsened((factor, factor, 1)))
    if not guided or case.guide is None:
        return thinned(Pair(target, fine), reference, every)
    guide = read(case.guide).canonical()
    if not register:
        return thinned(Pair(target, fine, guide), reference, every)
    aligned = align_once(f"{case.name}-x{factor:g}", target, guide, fine, kept)
    return replace(thinned(aligned.pair, reference, every), detail=aligned.detail)


def thinned(pair: Pair, reference: Volume, every: int) -> Simulated:
    """Keep every n-th axial slice of all images.

    Args:
        pair: Degraded target and guide.
        reference: The reference.
        every: Steps between slices.

    Returns:
        The slices, each at its place.
    """
    kept = every_slice(reference, every)
    guide = None if pair.guide is None else every_slice(pair.guide, every)
    return Simulated(Pair(every_slice(pair.target, every), kept.grid, guide), kept)


def every_slice(volume: Volume, step: int, first: int = 0) -> Volume:
    """Return every n-th axial slice, each at its place.

    Args:
        volume: Slices along k.
        step: Steps between slices.
        first: Index of the first one.

    Returns:
        The slices as one volume with a wider spacing along k.
    """
    data = volume.data[:, :, first::step]
    affine = volume.grid.affine.copy()
    affine[:3, 3] += first * affine[:3, 2]
    affine[:, 2] *= step
    shape, (i, j, _) = (data.shape[0], data.shape[1], data.shape[2]), volume.grid.profiles
    return volume.with_data(data, Grid(shape, affine, (i, j, Profile())))


def low_resolution_examples(
    cases: Iterable[Case],
    factor: float,
    *,
    guided: bool = True,
    every: int = 1,
    register: bool = True,
    kept: Path | None = None,
) -> list[Example]:
    """Return training examples from the non-empty slices of degraded cases.

    Args:
        cases: Files of targets and guides.
        factor: Of both axes of the plane.
        guided: With the guide.
        every: Use every n-th axial slice.
        register: Whether guides are aligned with the degraded scans.
        kept: Folder of the motions that earlier runs found.

    Returns:
        An example per case.
    """
    options: _Options = {"guided": guided, "every": every, "register": register, "kept": kept}
    return [example_of(simulate(case, factor, **options).pair) for case in cases]


def reference_examples(
    cases: Iterable[Case],
    factor: float,
    *,
    guided: bool = True,
    every: int = 1,
    register: bool = True,
    kept: Path | None = None,
) -> list[Example]:
    """Return examples whose target is the reference itself, for supervised training only.

    Args:
        cases: Files of targets and guides.
        factor: Of both axes of the plane.
        guided: With the guide.
        every: Use every n-th axial slice.
        register: Whether guides are aligned with the degraded scans.
        kept: Folder of the motions that earlier runs found.

    Returns:
        An example per case.
    """
    options: _Options = {"guided": guided, "every": every, "register": register, "kept": kept}
    found = (simulate(case, factor, **options) for case in cases)
    return [example_of(Pair(s.reference, s.reference.grid, s.pair.guide)) for s in found]
