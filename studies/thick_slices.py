"""Thick slices of scans and heads, with their guides aligned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studies.sources import Source

from crossres.inference import Example
from crossres.io import Case, read
from crossres.physics import Acquisition, degrade
from crossres.reproduction.aligned import align_once
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair, Volume, fine_grid


def thick(reference: Volume, guide: Volume | None, factor: float) -> Simulated:
    """Make slices ``factor`` times thicker; all volumes are reordered to sagittal slices."""
    reference = sagittal(reference)
    target = degrade(reference, reference.grid.coarsened((1, factor, 1)))
    guide = None if guide is None else sagittal(guide)
    return Simulated(Pair(target, reference.grid, guide), reference)


def sagittal(volume: Volume) -> Volume:
    """Order the axes towards A, S, R, so that the scored slices show the coarse axis S."""
    return volume.canonical().reordered((1, 2, 0), (False, False, False))


def thick_case(
    case: Case, factor: float, *, guided: bool = True, kept: Path | None = None
) -> Simulated:
    """Return a case of the cohort with thick slices, its guide aligned with them."""
    simulated = thick(read(case.target), None, factor)
    if not guided or case.guide is None:
        return simulated
    pair, name = simulated.pair, f"{case.target.name.split('.')[0]}-thick-x{factor:g}"
    aligned = align_once(name, pair.target, read(case.guide), pair.fine, kept)
    return replace(simulated, pair=aligned.pair, detail=aligned.detail)


def thick_head(source: Source, factor: float, *, guided: bool = True) -> Simulated:
    """Return a simulated head with thick slices."""
    guide, reference = source.images()
    return thick(reference, guide if guided else None, factor)


def clinical_pair(source: Source, factor: float, kept: Path | None = None) -> Pair:
    """Return a clinical session as it is, its guide aligned."""
    guide, target = source.images()
    fine = fine_grid(target.grid, factor=(1, 1, factor))
    return align_once(source.name.replace(" ", "-"), target, guide, fine, kept).pair


def squeezed(example: Example) -> Example:
    """Return the slices with voxels twice as long along i: thin slices are seldom as fine."""
    grid = example.coarse.coarsened((2, 1, 1))
    plane = Acquisition(example.coarse, grid)
    guide = None if example.guide is None else plane.forward(example.guide)
    target = plane.forward(example.target)
    return replace(example, target=target, coarse=grid, fine=grid, guide=guide)
