"""Degraded scans of subjects with lesions: a slab around the largest extent of the lesion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from studies.peers.cases import SHARP, THICK, THICK_SLICES, Inputs, thick_scan
from studies.thick_slices import sagittal

from crossres.io import Case, find_cases, read
from crossres.reproduction.simulated import Simulated, simulate
from crossres.types import Mask3
from crossres.volume import Pair, Volume

SUBJECTS = ("sub-04", "sub-08", "sub-12")
"""Test subjects of fold 1 with a lesion; their T1w and T2w are aligned inside the brain."""
SLICES = 24
"""Neighbouring axial slices that are enhanced and measured."""
FACTORS = (2, 4)


@dataclass(frozen=True, eq=False)
class LesionScan:
    """A degraded scan with what its result is measured against.

    Args:
        inputs: What the methods are given.
        truth: The reference.
        lesion: The lesion on the grid of the truth, as its makers marked it.
        t1w: The whole T1w where its header places it.
        axes: Axes that get finer.
    """

    inputs: Inputs
    truth: Volume
    lesion: Mask3
    t1w: Volume
    axes: tuple[int, ...]


def lesion_scans(data: Path, kept: Path) -> Iterator[tuple[str, str, Callable[[], LesionScan]]]:
    """Yield subject, task and what makes the scan.

    Args:
        data: Folder with ``cohort``.
        kept: Folder of the motions that earlier runs found.
    """
    cases = {case.name: case for case in find_cases(data / "cohort")}
    for factor in FACTORS:
        for name in SUBJECTS:
            yield name, f"{factor}x", partial(_in_plane, cases[name], factor, data, kept)
    yield SHARP, f"slices {THICK}x", partial(_thick, cases[SHARP], data, kept)


def _in_plane(case: Case, factor: int, data: Path, kept: Path) -> LesionScan:
    scan = simulate(case, factor, kept=kept)
    lesion = lesion_of(case.name, data).canonical()
    return _around(scan, lesion, case, f"{factor}x", (0, 1), SLICES)


def _thick(case: Case, data: Path, kept: Path) -> LesionScan:
    lesion = sagittal(lesion_of(case.name, data))
    return _around(thick_scan(case, kept), lesion, case, f"slices {THICK}x", (1,), THICK_SLICES)


def lesion_of(name: str, data: Path) -> Volume:
    """Return the lesion mask of a subject."""
    folder = data / "cohort" / "derivatives" / "lesions" / name / "anat"
    return read(folder / f"{name}_label-lesion_mask.nii.gz")


def _around(
    scan: Simulated, lesion: Volume, case: Case, task: str, axes: tuple[int, ...], count: int
) -> LesionScan:
    """Keep slices around the one with the largest part of the lesion."""
    pair, truth = scan.pair, scan.reference
    assert pair.guide is not None  # subjects of the cohort have one
    assert case.guide is not None
    marked = lesion.data[tuple(map(slice, truth.shape))] > 0
    start = int(np.clip(marked.sum(axis=(0, 1)).argmax() - count // 2, 0, truth.shape[2] - count))
    box = (slice(None), slice(None), slice(start, start + count))
    target, guide, reference = (
        each.with_data(each.data[box], each.grid.cropped(box))
        for each in (pair.target, pair.guide, truth)
    )
    inputs = Inputs(Pair(target, reference.grid, guide), scan.detail, "cohort", task)
    return LesionScan(inputs, reference, marked[box], read(case.guide), axes)
