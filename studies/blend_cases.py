"""Pairs on which blending is judged: guides that fit, fit less, or show too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from studies.sources import label_sources, other_site_sources

from crossres.io import Case, find_cases, read
from crossres.phantom import acquire, head_from_labels
from crossres.phantom.signal import Sequence
from crossres.phantom.tissues import RELAXATION, Tissue
from crossres.physics import degrade
from crossres.physics.noise import add_rician_noise
from crossres.registration import align
from crossres.reproduction.simulated import Simulated, thinned
from crossres.volume import Volume, coarse_grid

ALIGNED = ("sub-02", "sub-07", "sub-08", "sub-11", "sub-14")
"""Subjects of the cohort whose contrasts lie within 0.5 mm of each other inside the mask."""
FIRST_ECHO = Sequence(tr=2500.0, te=15.0)
"""Of a dual spin echo whose second one is the T2w of the phantom: proton density."""
REACH = 2 / 3
"""Where the spectrum of a resampled scan ends, as a share of the Nyquist frequency of its grid."""
_ROLL_OFF = 0.15
_NOISE = 5.0  # of the phantom's scans, whose white matter is about 500
CLINICAL = (
    ("clinical", "T2w", "T1w"),
    ("clinical", "FLAIR", "T1w"),
    ("clinical", "T1w", "T2w"),
    ("clinical_flair", "FLAIR", "T1w"),
)
"""Folder, target and guide of the clinical pairs."""
HEAD = 17
"""Label map that no weights were trained on."""

Images = tuple[Volume, Volume]


@dataclass(frozen=True)
class PairSource:
    """A guide and a reference.

    Args:
        name: For the tables.
        images: Returns guide and reference.
        register: Whether the guide has to be registered.
        every: Of how many axial slices one is kept.
    """

    name: str
    images: Callable[[], Images]
    register: bool = False
    every: int = 24

    def simulate(self, factor: float, *, slices: int = 1) -> Simulated:
        """Degrade the reference in its plane, align the guide, and keep some slices.

        Args:
            factor: Of both axes of the plane.
            slices: Every so many of the slices are kept that the study takes.

        Returns:
            The degraded pair with its reference.
        """
        guide, reference = self.images()
        target = degrade(reference, coarse_grid(reference.grid, factor=(factor,)))
        aligned = align(target, guide, reference.grid, register=self.register)
        kept = thinned(aligned.pair, reference, self.every * slices)
        return replace(kept, detail=aligned.detail)


def cases(data: Path) -> Iterator[PairSource]:
    """Yield every pair."""
    yield from _cohort(data)
    yield from _clinical(data)
    yield from (PairSource(s.name, s.images) for s in other_site_sources(data))
    yield from _heads(data)


def _cohort(data: Path) -> Iterator[PairSource]:
    for case in find_cases(data / "cohort"):
        if case.name in ALIGNED:
            yield PairSource(case.name, partial(_read, case))
        if case.name == ALIGNED[0]:
            whole = partial(_read, case)
            yield PairSource(f"{case.name}, resampled", partial(resampled, whole))


def _read(case: Case) -> Images:
    assert case.guide is not None  # find_cases requires one
    return read(case.guide), read(case.target).canonical()


def _clinical(data: Path) -> Iterator[PairSource]:
    for folder, target, guide in CLINICAL:
        for case in find_cases(data / folder, target=target, guide=guide):
            images = partial(_read, case)
            yield PairSource(f"{target} by {guide}, {case.name}", images, register=True, every=16)


def _heads(data: Path) -> Iterator[PairSource]:
    (source,) = label_sources(data, (HEAD,))
    yield PairSource(source.name, source.images)
    yield PairSource(f"{source.name}, resampled", partial(resampled, source.images))
    assert source.labels is not None
    yield PairSource(f"{source.name}, dual echo", partial(dual_echo, source.labels))


def resampled(images: Callable[[], Images]) -> Images:
    """Return the pair, the reference as if it had been acquired more coarsely and zero-filled."""
    guide, reference = images()
    i, j = (np.abs(np.fft.fftfreq(n)) * 2 for n in reference.shape[:2])
    rows, columns = (np.clip((REACH + _ROLL_OFF - f) / (2 * _ROLL_OFF), 0, 1) for f in (i, j))
    kept = np.multiply.outer(rows, columns)[..., None]
    data = np.fft.ifft2(np.fft.fft2(reference.data, axes=(0, 1)) * kept, axes=(0, 1)).real
    clipped = np.where(reference.data == 0, 0, data.clip(0)).astype(np.float32)
    return guide, reference.with_data(clipped)


def dual_echo(labels: Path) -> Images:
    """Return both echoes of one scan; the first has the contrast of proton density."""
    head = head_from_labels(read(labels), HEAD)
    white = FIRST_ECHO.signal(RELAXATION[Tissue.WHITE])
    image = np.zeros(head.grid.shape, dtype=np.float32)
    for tissue, relaxation in RELAXATION.items():
        image += np.float32(500 * FIRST_ECHO.signal(relaxation) / white) * head.fractions[tissue]
    noisy = add_rician_noise(image * head.density, _NOISE, np.random.default_rng(0))
    first = Volume(noisy.astype(np.float32), head.grid)
    return first, acquire(head, "T2w", HEAD)
