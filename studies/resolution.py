"""What scans resolve, from their spectra: known blur and zero-filling, and what it is worth.

    python -m studies.resolution --data DATA
    python -m studies.resolution --data DATA --guides
    python -m studies.resolution --data DATA --slices

Scans are blurred (FWHM of 1.5 to 2.5 voxels) or zero-filled (1.25 to 2 times) along an axis of the
plane, and masked again where they were. Honest axes are those of the plane as they are. For two
subjects with slices made 3 and 5 times thicker, the self-validation with the width of the guide as
its header states it, and as measured, stands beside the gains of guided and unguided weights.
``--slices`` makes slices of known thickness, 4 mm apart, and measures it from their spectra.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy import ndimage
from studies.slice_profile import middle
from studies.sources import label_sources, phantom_sources
from studies.thick_slices import thick_case

from crossres.inference import Cascade, self_validate
from crossres.io import Case, find_cases, read
from crossres.physics import degrade, resolution_of
from crossres.physics.slice_spectra import slice_thickness_of
from crossres.registration.resampling import resolution_along
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.types import Array3
from crossres.volume import Pair, Volume, with_slice_profile
from crossres.weights import load_weights

BLUR = (1.5, 2.0, 2.5)
"""FWHM, voxels."""
ZERO_FILLING = (1.25, 1.6, 2.0)
SUBJECTS = ("sub-02", "sub-14")
FACTORS = (3, 5)
SHARP = (("sub-02", "T1w"), ("sub-02", "T2w"), ("sub-14", "T2w"))
"""Scans of the cohort that are sharp along all axes."""
DISTANCE, THICKNESS = 4.0, (0.6, 0.8, 1.0, 1.25, 1.5, 2.0)
"""Distance of the slices, mm, and their thickness as multiples of it."""
TO_DEVIATION = 1 / np.sqrt(8 * np.log(2))
Row = dict[str, object]


def scans(data: Path) -> Iterator[tuple[str, Volume]]:
    """Yield name and scan: the cohort, clinical sessions, simulated heads, phantoms."""
    for case in find_cases(data / "cohort"):
        for path in (case.target, case.guide):
            assert path is not None  # find_cases requires a guide
            yield path.name.split(".")[0], read(path).canonical()
    for contrast in ("T2w", "FLAIR"):
        for case in find_cases(data / "clinical", target=contrast):
            yield f"{case.name} {contrast}", read(case.target).canonical()
    for source in (*label_sources(data, (17, 18)), *phantom_sources((101, 102))):
        for name, volume in zip(("T1w", "T2w"), source.images(), strict=True):
            yield f"{source.name} {name}", volume


def zero_filled(data: Array3, axis: int, factor: float) -> Array3:
    """Return an image whose spectrum ends where the acquired one did."""
    shape = [-1 if a == axis else 1 for a in range(3)]
    kept = (np.fft.rfftfreq(data.shape[axis]) <= 0.5 / factor).reshape(shape)
    spectrum = np.fft.rfft(data, axis=axis) * kept
    image = np.abs(np.fft.irfft(spectrum, n=data.shape[axis], axis=axis))
    return (image * (data > 0)).astype(np.float32)


def blurred(data: Array3, axis: int, fwhm: float) -> Array3:
    """Return an image blurred along an axis; FWHM in voxels."""
    image: Array3 = ndimage.gaussian_filter1d(data, fwhm * TO_DEVIATION, axis=axis)
    return (image * (data > 0)).astype(np.float32)


def rows_of(name: str, scan: Volume, axis: int) -> Iterator[Row]:
    """Yield what is found on a scan as it is, and changed along an axis of the plane."""
    for number, found in enumerate(resolution_of(scan)):
        if found is not None:
            yield {"scan": name, "change": "none", "true": 1.0, **_found(number, scan)}
    for fwhm in BLUR:
        changed = scan.with_data(blurred(scan.data, axis, fwhm))
        yield {"scan": name, "change": "blur", "true": fwhm, **_found(axis, changed)}
    for factor in ZERO_FILLING:
        changed = scan.with_data(zero_filled(scan.data, axis, factor))
        yield {"scan": name, "change": "zero-filling", "true": factor, **_found(axis, changed)}


def _found(axis: int, scan: Volume) -> Row:
    one, spacing = resolution_of(scan)[axis], scan.grid.spacing[axis]
    assert one is not None  # axes of the plane are long
    return {
        "axis": "ijk"[axis], "fwhm": (one.fwhm or 0.0) / spacing,
        "uncertainty": one.uncertainty / spacing,
        "zero_filling": one.zero_filling,
    }  # fmt: skip


def slice_rows(name: str, scan: Volume) -> Iterator[Row]:
    """Yield the thickness that is found for slices of known thickness, along two axes."""
    for axis in (1, 2):
        coarse = scan.grid.with_spacing(
            tuple(DISTANCE if a == axis else size for a, size in enumerate(scan.grid.spacing))
        )
        for ratio in THICKNESS:
            distance = coarse.spacing[axis]
            thick = with_slice_profile(coarse, ratio * distance, axis=axis)
            found = slice_thickness_of(degrade(scan, thick), axis)
            yield {
                "scan": name, "change": "slices", "true": ratio, "axis": "ijk"[axis],
                "found": "" if found is None else found / distance,
            }  # fmt: skip


def sharp_scans(data: Path) -> Iterator[tuple[str, Volume]]:
    """Yield name and scan of those that are sharp along all axes."""
    for case in find_cases(data / "cohort"):
        for contrast, path in (("T2w", case.target), ("T1w", case.guide)):
            if (case.name, contrast) in SHARP:
                assert path is not None  # find_cases requires a guide
                yield f"{case.name} {contrast}", read(path).canonical()
    for source in (*label_sources(data, (17, 18)), *phantom_sources((101, 102))):
        for name, volume in zip(("T1w", "T2w"), source.images(), strict=True):
            yield f"{source.name} {name}", volume


def guide_rows(case: Case, factor: int, kept: Path) -> Iterator[Row]:
    """Yield the self-validation by header and by measurement, and the gains of both weights."""
    scan = thick_case(case, factor, kept=kept)
    pair, alone = scan.pair, Pair(scan.pair.target, scan.pair.fine)
    assert case.guide is not None  # find_cases requires one
    header = resolution_along(read(case.guide).grid, pair.target.grid)
    guided, unguided = (load_weights(f"{name}-through-plane-x{factor}") for name in ("t1-t2", "t2"))
    for weights, detail, name in (
        (guided, header, "by header"), (guided, scan.detail, "measured"), (unguided, None, "none"),
    ):  # fmt: skip
        own = pair if weights.guided else alone
        yield {
            "scan": f"{case.name} {factor}x", "change": f"guide {name}",
            "self_validation": self_validate(weights, own, detail=detail).gain,
            **_gain(weights, scan),
        }  # fmt: skip


def _gain(weights: Cascade, scan: Simulated) -> Row:
    target, truth = middle(scan.pair.target), middle(scan.reference)
    guide = None if scan.pair.guide is None else middle(scan.pair.guide)
    means = summarise(score_case(weights, Simulated(Pair(target, truth.grid, guide), truth), ""))
    return {column: means[column] for column in ("gain", "gain_deep")}


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    only_guides: Annotated[bool, typer.Option("--guides", help="The two subjects alone.")] = False,
    only_slices: Annotated[bool, typer.Option("--slices", help="Slices alone.")] = False,
    runs: Annotated[Path, typer.Option(help="Where motions are kept.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/robustness"),
) -> None:
    """Measure what all scans resolve, and what that is worth."""
    if only_slices:
        found = [row for name, scan in sharp_scans(data) for row in slice_rows(name, scan)]
        write_rows(found, results / "resolution-slices.csv")
        write_summary({"rows": len(found)}, results / "resolution-slices.json")
        return
    rows: list[Row] = []
    for number, (name, scan) in enumerate(() if only_guides else scans(data)):
        rows += rows_of(name, scan, number % 2)
        typer.echo(f"{name}: {rows[-7]}")
    guides: list[Row] = []
    for case in find_cases(data / "cohort"):
        for factor in FACTORS if case.name in SUBJECTS else ():
            guides += guide_rows(case, factor, runs / ALIGNED)
            typer.echo(str(guides[-3:]))
    tables = {"resolution": rows, "resolution-guides": guides}
    for name, table in tables.items() if not only_guides else [("resolution-guides", guides)]:
        write_rows(table, results / f"{name}.csv")
        write_summary({"rows": len(table)}, results / f"{name}.json")


if __name__ == "__main__":
    typer.run(main)
