"""Scans beyond the cohort: with skull, of other scanners, and heads from label maps."""

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
from crossres.reproduction.aligned import align_once
from crossres.reproduction.simulated import Simulated, thinned
from crossres.volume import Pair, Volume, coarse_grid

LABELS = tuple(range(1, 9))
"""Label maps from which training heads are simulated."""
HELD_OUT = "sub-12"
"""Clinical session that no weights were trained on."""


@dataclass(frozen=True)
class Source:
    """A scan to simulate from: real files, a label map, or a digital phantom.

    Args:
        name: For the tables.
        case: Files of a real session.
        labels: A label map.
        seed: Of the phantom or of the head from labels.
    """

    name: str
    case: Case | None = None
    labels: Path | None = None
    seed: int = 0

    def simulate(
        self,
        factor: float,
        *,
        guided: bool = True,
        every: int = 1,
        register: bool = True,
        kept: Path | None = None,
    ) -> Simulated:
        """Degrade the target in its plane and bring the guide to the original grid.

        With ``every`` above 1 only every n-th axial slice of all images is kept, after the
        registration: distant slices would impair it, and blur the guide. The motion is kept in a
        folder if one is given, and found once.
        """
        paired, reference = self.paired(factor, guided=guided, register=register, kept=kept)
        return replace(thinned(paired.pair, reference, every), detail=paired.detail)

    def paired(
        self,
        factor: float,
        *,
        guided: bool = True,
        register: bool = True,
        kept: Path | None = None,
    ) -> tuple[Aligned, Volume]:
        """Return the degraded pair with every slice, and the reference."""
        guide, reference = self.images()
        target, fine = (
            degrade(reference, coarse_grid(reference.grid, factor=(factor,))),
            reference.grid,
        )
        search = register and self.case is not None
        if guided and search and kept is not None:
            name = f"{self.name.replace(' ', '-')}-x{factor:g}"
            return align_once(name, target, guide, fine, kept), reference
        return align(target, guide if guided else None, fine, register=search), reference

    def levels(self, factor: float, *, guided: bool, every: int) -> list[Example]:
        """Return the head on its own grid and every doubling of its voxels up to ``factor``.

        Only simulated sources may show fine images in training. Each grid has the same weight,
        whatever its number of pixels.
        """
        guide, reference = self.images()
        pair = Pair(reference, reference.grid, guide if guided else None)
        return levels_of(pair, factor, every=every)

    def images(self) -> tuple[Volume, Volume]:
        """Return guide and reference."""
        if self.case is not None:
            assert self.case.guide is not None  # find_cases requires one
            return read(self.case.guide), read(self.case.target).canonical()
        if self.labels is None:
            return make_pair(self.seed)
        head = head_from_labels(read(self.labels), self.seed)
        return acquire(head, "T1w", self.seed), acquire(head, "T2w", self.seed)


def levels_of(pair: Pair, factor: float, *, every: int) -> list[Example]:
    """Return a simulated head on its own grid and every doubling of its voxels up to ``factor``."""
    whole = example_of(pair, every=every)
    steps = [2**n for n in range(math.floor(math.log2(factor)) + 1)]
    return [_coarsened(whole, step, density=(step / steps[-1]) ** 2) for step in steps]


def _coarsened(example: Example, step: int, density: float) -> Example:
    """Return target and guide with voxels ``step`` times wider in the plane."""
    if step == 1:
        return replace(example, density=density)
    grid = example.fine.coarsened((step, step, 1))
    acquisition = Acquisition(example.fine, grid)
    guide = None if example.guide is None else acquisition.forward(example.guide)
    return Example(acquisition.forward(example.target), grid, grid, guide, density)


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
    """Return digital phantoms."""
    return (Source(f"phantom {seed}", seed=seed) for seed in seeds)


def unseen(data: Path) -> Sequence[Source]:
    """Return scans that no shipped weights were trained on."""
    return [
        *(s for s in clinical_sources(data) if HELD_OUT in s.name),
        *label_sources(data, (17,)),
        *phantom_sources((101,)),
    ]
