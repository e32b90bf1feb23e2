"""Scans the paper did not have: skull on, other scanners, heads from label maps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossres.inference import Example, example_of
from crossres.io import Case, find_cases, read
from crossres.phantom import acquire, head_from_labels, make_pair
from crossres.physics import Acquisition, degrade
from crossres.registration import Aligned, align
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.volume import Pair, Volume, coarse_grid

LABELS = tuple(range(1, 9))
"""Label maps that heads to learn from are simulated from."""


@dataclass(frozen=True)
class Source:
    """A scan to simulate from: real files, a label map, or a drawn head.

    Args:
        name: For the tables.
        case: Files of a real session.
        labels: A label map.
        seed: Of the drawn or labelled head.
    """

    name: str
    case: Case | None = None
    labels: Path | None = None
    seed: int = 0

    def simulate(
        self, factor: float, *, guided: bool = True, every: int = 1, register: bool = True
    ) -> Simulated:
        """Degrade the target in its plane and bring the guide to the grid it had.

        With ``every`` above 1 only every n-th axial slice is kept, of all images and in the end:
        slices that stand far apart would be no help to registration, and blur the guide.
        """
        paired, reference = self.paired(factor, guided=guided, register=register)
        return replace(thinned(paired.pair, reference, every), detail=paired.detail)

    def paired(
        self, factor: float, *, guided: bool = True, register: bool = True
    ) -> tuple[Aligned, Volume]:
        """Return the degraded pair with every slice, and the reference."""
        guide, reference = self.images()
        target = degrade(reference, coarse_grid(reference.grid, factor=(factor,)))
        paired = align(
            target,
            guide if guided else None,
            reference.grid,
            register=register and self.case is not None,
        )
        return paired, reference

    def levels(self, factor: float, *, guided: bool, every: int) -> list[Example]:
        """Return the head on its own grid and every doubling of its voxels up to ``factor``.

        For sources that are simulated: as no scan is behind them, fine images may be learned from.
        Each grid counts alike, however many pixels it has.
        """
        guide, reference = self.images()
        pair = Pair(reference, reference.grid, guide if guided else None)
        whole = example_of(pair, every=every)
        steps = [2**n for n in range(math.floor(math.log2(factor)) + 1)]
        return [_coarsened(whole, step, density=(step / steps[-1]) ** 2) for step in steps]

    def images(self) -> tuple[Volume, Volume]:
        """Return guide and reference."""
        if self.case is not None:
            assert self.case.guide is not None  # find_cases asked for one
            return read(self.case.guide), read(self.case.target).canonical()
        if self.labels is None:
            return make_pair(self.seed)
        head = head_from_labels(read(self.labels), self.seed)
        return acquire(head, "T1w", self.seed), acquire(head, "T2w", self.seed)


def _coarsened(example: Example, step: int, density: float) -> Example:
    """Bring target and guide to voxels ``step`` times wider in the plane."""
    if step == 1:
        return replace(example, density=density)
    grid = example.fine.coarsened((step, step, 1))
    acquisition = Acquisition(example.fine, grid)
    guide = None if example.guide is None else acquisition.forward(example.guide)
    return Example(acquisition.forward(example.target), grid, grid, guide, density)


def thinned(pair: Pair, reference: Volume, every: int) -> Simulated:
    """Keep every n-th axial slice of all images."""
    kept = every_slice(reference, every)
    guide = None if pair.guide is None else every_slice(pair.guide, every)
    return Simulated(Pair(every_slice(pair.target, every), kept.grid, guide), kept)


def clinical_sources(data: Path) -> list[Source]:
    """Return the raw clinical sessions: skull on, T1w on another grid, not registered."""
    return [Source(f"clinical {c.name}", case=c) for c in find_cases(data / "clinical")]


def other_site_sources(data: Path) -> list[Source]:
    """Return the scans of another site: skull-stripped, resampled."""
    return [Source(f"other site {c.name}", case=c) for c in find_cases(data / "other_site")]


def label_sources(data: Path, numbers: Sequence[int]) -> list[Source]:
    """Return heads from label maps."""
    return [
        Source(f"labels {n:02d}", labels=data / "labels" / f"sub-{n:02d}_dseg.nii.gz", seed=n)
        for n in numbers
    ]


def phantom_sources(seeds: Sequence[int]) -> Iterator[Source]:
    """Return drawn heads."""
    return (Source(f"phantom {seed}", seed=seed) for seed in seeds)
