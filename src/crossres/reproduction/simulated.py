"""A simulated low-resolution cohort: every scan is degraded once, before any training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crossres.inference import Example, example_of
from crossres.io import Case, read
from crossres.physics import degrade
from crossres.types import Triple
from crossres.volume import Grid, Pair, Volume

FOLD_1 = ("sub-04", "sub-08", "sub-12", "sub-16", "sub-20")
"""Test subjects of the first of the paper's four folds."""


@dataclass(frozen=True, eq=False)
class Simulated:
    """A degraded pair with its reference.

    Args:
        pair: Degraded target, fine grid and guide.
        reference: The truth, for scoring only.
        detail: The guide's own spacing along the target's axes, mm; None where it is that of the
            fine grid.
    """

    pair: Pair
    reference: Volume
    detail: Triple | None = None


def simulate(case: Case, factor: float, *, guided: bool = True, every: int = 1) -> Simulated:
    """Read a case and degrade its target in the axial plane.

    Args:
        case: Files of target and guide.
        factor: Of both axes of the plane.
        guided: With the guide, if the case has one.
        every: Keep every n-th axial slice.

    Returns:
        The degraded pair and its reference.

    Raises:
        FileFormatError: A file cannot be read.
    """
    reference = every_slice(read(case.target).canonical(), every)
    fine = reference.grid
    target = degrade(reference, fine.coarsened((factor, factor, 1)))
    guide = every_slice(read(case.guide).canonical(), every) if guided and case.guide else None
    return Simulated(Pair(target, fine, guide), reference)


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
    return volume.with_data(data, Grid((data.shape[0], data.shape[1], data.shape[2]), affine))


def low_resolution_examples(
    cases: Iterable[Case], factor: float, *, guided: bool = True, every: int = 1
) -> list[Example]:
    """Return training examples from the non-empty slices of degraded cases.

    Args:
        cases: Files of targets and guides.
        factor: Of both axes of the plane.
        guided: With the guide.
        every: Use every n-th axial slice.

    Returns:
        An example per case.
    """
    return [example_of(simulate(case, factor, guided=guided, every=every).pair) for case in cases]


def reference_examples(
    cases: Iterable[Case], factor: float, *, guided: bool = True, every: int = 1
) -> list[Example]:
    """Return examples whose target is the reference itself, for supervised training only.

    Args:
        cases: Files of targets and guides.
        factor: Of both axes of the plane.
        guided: With the guide.
        every: Use every n-th axial slice.

    Returns:
        An example per case.
    """
    found = (simulate(case, factor, guided=guided, every=every) for case in cases)
    return [example_of(Pair(s.reference, s.reference.grid, s.pair.guide)) for s in found]
