"""The degraded scans that all methods enhance, and the folder that shows nothing of the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studies.slice_profile import middle
from studies.sources import HELD_OUT, Source, clinical_sources, label_sources
from studies.thick_slices import sagittal

from crossres.files import read_json, write_json
from crossres.io import Case, find_cases, read, write
from crossres.physics import degrade
from crossres.registration import align
from crossres.reproduction.aligned import align_once
from crossres.reproduction.simulated import FOLD_1, Simulated, simulate
from crossres.types import Triple
from crossres.volume import Pair, Volume

SLICES, THICK_SLICES = 12, 48
"""Neighbouring slices in the middle that are enhanced and scored: axial, and sagittal ones of
thick-sliced scans."""
FACTORS = (2, 4)
THICK = 4
LABELS = (17, 18)
SHARP = "sub-02"
"""Subject of the cohort with fine T2w detail across the slices; no shipped weights for thick slices
were trained on it."""
SCAN, GUIDE, FACTS = "scan.nii.gz", "guide.nii.gz", "case.json"


@dataclass(frozen=True)
class PeerCase:
    """A degraded scan under a name.

    Args:
        name: Name of its folder.
        source: "cohort", "labels" or "clinical".
        task: "2x", "4x" (in the plane) or "slices 4x".
        make: Returns degraded pair and reference.
    """

    name: str
    source: str
    task: str
    make: Callable[[], Simulated]


def peer_cases(data: Path, kept: Path) -> Iterator[PeerCase]:
    """Yield all cases, by task.

    Args:
        data: Folder with ``cohort``, ``labels`` and ``clinical``.
        kept: Folder of the motions that earlier runs found.
    """
    cohort = {case.name: case for case in find_cases(data / "cohort")}
    heads = label_sources(data, LABELS)
    clinic = [s for s in clinical_sources(data) if HELD_OUT in s.name]
    for factor in FACTORS:
        task = f"{factor}x"
        for name in FOLD_1:
            make = partial(_cohort_scan, cohort[name], factor, kept)
            yield PeerCase(f"{name}_x{factor}", "cohort", task, make)
        for source in (*heads, *clinic):
            name, kind = source.name.replace(" ", "-"), source.name.split()[0]
            make = partial(_scan, source, factor, kept)
            yield PeerCase(f"{name}_x{factor}", kind, task, make)
    task, end = f"slices {THICK}x", f"_slices-x{THICK}"
    yield PeerCase(f"{SHARP}{end}", "cohort", task, partial(_thick_slab, cohort[SHARP], kept))
    for source in label_sources(data, LABELS):
        name = source.name.replace(" ", "-")
        yield PeerCase(f"{name}{end}", "labels", task, partial(_thick_head, source))


def _cohort_scan(case: Case, factor: int, kept: Path) -> Simulated:
    return _slab(simulate(case, factor, kept=kept), SLICES)


def _scan(source: Source, factor: int, kept: Path) -> Simulated:
    aligned, reference = source.paired(factor, kept=kept)
    return _slab(Simulated(aligned.pair, reference, aligned.detail), SLICES)


def _thick_slab(case: Case, kept: Path) -> Simulated:
    return _slab(thick_scan(case, kept), THICK_SLICES)


def thick_scan(case: Case, kept: Path) -> Simulated:
    """Return a subject of the cohort with thick slices, sagittal, its guide aligned."""
    assert case.guide is not None  # find_cases requires one
    reference = _whole_slices(sagittal(read(case.target)))
    target = degrade(reference, reference.grid.coarsened((1, THICK, 1)))
    name = f"{case.name}-whole-slices-x{THICK}"
    aligned = align_once(name, target, read(case.guide), reference.grid, kept)
    return Simulated(aligned.pair, reference, aligned.detail)


def _thick_head(source: Source) -> Simulated:
    guide, reference = (_whole_slices(sagittal(image)) for image in source.images())
    target = degrade(reference, reference.grid.coarsened((1, THICK, 1)))
    aligned = align(target, guide, reference.grid, register=False)
    return _slab(Simulated(aligned.pair, reference, aligned.detail), THICK_SLICES)


def _whole_slices(volume: Volume) -> Volume:
    """Crop axis j to a multiple of the factor: some tools take whole factors only."""
    box = (slice(None), slice(0, volume.shape[1] // THICK * THICK), slice(None))
    return volume.with_data(volume.data[box], volume.grid.cropped(box))


def _slab(scan: Simulated, count: int) -> Simulated:
    """Keep neighbouring slices in the middle of an aligned pair and its reference."""
    assert scan.pair.guide is not None  # every case has one
    images = scan.pair.target, scan.pair.guide, scan.reference
    target, guide, truth = (middle(image, count) for image in images)
    return Simulated(Pair(target, truth.grid, guide), truth, scan.detail)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a method is given.

    Args:
        pair: The degraded scan, the fine grid, and the guide on it, aligned.
        detail: FWHM of the guide's own voxels, mm; None where it is that of the fine grid.
        source: As in :class:`PeerCase`.
        task: As in :class:`PeerCase`.
    """

    pair: Pair
    detail: Triple | None
    source: str
    task: str

    @classmethod
    def read(cls, folder: Path) -> Inputs:
        """Read the folder of a case.

        Args:
            folder: With scan, guide and facts, as :func:`export_case` writes them.

        Raises:
            FileFormatError: A file is missing or damaged.
        """
        facts = read_json(folder / FACTS)
        scan, guide = read(folder / SCAN), read(folder / GUIDE)
        i, j, k = facts["guide_detail_mm"] or guide.grid.spacing
        return cls(Pair(scan, guide.grid, guide), (i, j, k), facts["source"], facts["task"])

    @property
    def factor(self) -> float:
        """Fine voxels per voxel of the scan along the axes that get finer."""
        return max(self.pair.target.grid.factors_to(self.pair.fine))


def export_case(case: PeerCase, folder: Path, truths: Path | None = None) -> None:
    """Write scan and guide of a case, and its truth to another folder.

    Args:
        case: The case.
        folder: ``folder/NAME`` gets scan, guide and facts, nothing of the truth.
        truths: ``truths/NAME.nii.gz`` is the truth; None to leave it out.
    """
    own = folder / case.name
    truth = None if truths is None else truths / f"{case.name}.nii.gz"
    if (own / FACTS).exists() and (truth is None or truth.exists()):
        return
    own.mkdir(parents=True, exist_ok=True)
    scan = case.make()
    assert scan.pair.guide is not None  # every case has one
    write(scan.pair.target, own / SCAN, dtype="float32", overwrite=True)
    write(scan.pair.guide, own / GUIDE, dtype="float32", overwrite=True)
    if truth is not None:
        truth.parent.mkdir(parents=True, exist_ok=True)
        write(scan.reference, truth, dtype="float32", overwrite=True)
    facts = {
        "source": case.source, "task": case.task,
        "factors": scan.pair.target.grid.factors_to(scan.pair.fine),
        "profile": "Gaussian, its FWHM the spacing of the scan along each axis that is coarser",
        "guide_detail_mm": scan.detail,
    }  # fmt: skip
    write_json(facts, own / FACTS, overwrite=True)
