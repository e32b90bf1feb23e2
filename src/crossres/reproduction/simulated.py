"""A simulated low-resolution cohort: every scan is degraded once, before anything is learned."""

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
    """A degraded pair, the reference that only scoring may see, the guide's own spacing in mm."""

    pair: Pair
    reference: Volume
    detail: Triple | None = None


def simulate(case: Case, factor: float, *, guided: bool = True, every: int = 1) -> Simulated:
    """Read a case and degrade its target in the axial plane, both axes by ``factor``.

    With ``every`` above 1 only every n-th axial slice is kept.
    """
    reference = every_slice(read(case.target).canonical(), every)
    fine = reference.grid
    target = degrade(reference, fine.coarsened((factor, factor, 1)))
    guide = every_slice(read(case.guide).canonical(), every) if guided and case.guide else None
    return Simulated(Pair(target, fine, guide), reference)


def every_slice(volume: Volume, step: int, first: int = 0) -> Volume:
    """Keep every n-th axial slice from ``first`` on, each where it was."""
    data = volume.data[:, :, first::step]
    affine = volume.grid.affine.copy()
    affine[:3, 3] += first * affine[:3, 2]
    affine[:, 2] *= step
    return volume.with_data(data, Grid((data.shape[0], data.shape[1], data.shape[2]), affine))


def low_resolution_examples(
    cases: Iterable[Case], factor: float, *, guided: bool = True, every: int = 1
) -> list[Example]:
    """Return training examples from every n-th non-empty slice of the degraded cases."""
    return [example_of(simulate(case, factor, guided=guided, every=every).pair) for case in cases]


def reference_examples(
    cases: Iterable[Case], factor: float, *, guided: bool = True, every: int = 1
) -> list[Example]:
    """Return examples whose target is the reference itself: for supervised learning alone."""
    return [_reference_example(case, factor, guided, every) for case in cases]


def _reference_example(case: Case, factor: float, guided: bool, every: int) -> Example:
    simulated = simulate(case, factor, guided=guided, every=every)
    fine = simulated.reference.grid
    pair = Pair(simulated.reference, fine, simulated.pair.guide)
    return example_of(pair)
