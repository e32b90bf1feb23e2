"""Scans the paper did not have: skull on, other scanners, heads from label maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossres.datasets import Case, find_cases
from crossres.experiments.cohort import Simulated, every_slice
from crossres.io import read
from crossres.pairing import coarse_grid, pair_up
from crossres.phantom import acquire, head_from_labels, make_pair
from crossres.simulation import degrade
from crossres.volume import Volume


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

    def simulate(self, factor: float, *, guided: bool = True, every: int = 1) -> Simulated:
        """Degrade the target in its plane and bring the guide to the grid it had."""
        guide, reference = self._images(every)
        target = degrade(reference, coarse_grid(reference.grid, factor=(factor,)))
        paired = pair_up(
            target, guide if guided else None, reference.grid, register=self.case is not None
        )
        return Simulated(paired.pair, reference)

    def _images(self, every: int) -> tuple[Volume, Volume]:
        """Return guide and reference."""
        if self.case is not None:
            assert self.case.guide is not None  # find_cases asked for one
            return read(self.case.guide), every_slice(read(self.case.target).canonical(), every)
        if self.labels is None:
            guide, reference = make_pair(self.seed)
        else:
            head = head_from_labels(read(self.labels), self.seed)
            guide, reference = (acquire(head, c, self.seed) for c in ("T1w", "T2w"))
        return every_slice(guide, every), every_slice(reference, every)


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
