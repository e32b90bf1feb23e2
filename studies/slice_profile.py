"""Slices with gaps or overlap, and of another profile: what a wrong assumption costs.

    python -m studies.slice_profile --data DATA
    python -m studies.slice_profile --data DATA --only sub-02

Slices of 3, 4 and 5 mm at distances of 4, 5 and 6 mm, of 5 mm at 5 mm, and of 4 mm at 2 mm are
simulated from scans with isotropic detail, with each profile. They are enhanced with the profile
that is true, with the thickness taken for the distance, and with the other shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, get_args

import typer
from studies.sources import label_sources, phantom_sources
from studies.thick_slices import sagittal

from crossres.inference import Cascade
from crossres.inference.settings import SliceProfileName
from crossres.io import find_cases, read
from crossres.physics import degrade
from crossres.registration import align
from crossres.reproduction.aligned import ALIGNED, align_once
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair, ProfileShape, Volume, with_slice_profile
from crossres.weights import load_weights
from crossres.weights.defaults import default_weights

SLICES = ((3.0, 4.0), (4.0, 5.0), (5.0, 6.0), (5.0, 5.0), (4.0, 2.0))
"""Thickness and distance, mm; the fine spacing is 1 mm."""
SUBJECT = "sub-02"
SEEDS, LABELS = (101,), (17,)
SLAB = 48
"""Sagittal slices in the middle that are enhanced and scored; fewer would spoil coronal slices."""
Images = tuple[str, Volume, Volume]
Row = dict[str, object]


def images(data: Path) -> Iterator[Images]:
    """Yield name, reference and guide, sagittal, of scans with isotropic detail."""
    for case in find_cases(data / "cohort"):
        if case.name == SUBJECT and case.guide is not None:
            yield case.name, sagittal(read(case.target)), read(case.guide)
    for source in (*label_sources(data, LABELS), *phantom_sources(SEEDS)):
        guide, reference = source.images()
        yield source.name, sagittal(reference), sagittal(guide)


def simulated(
    one: Images, thickness: float, distance: float, shape: ProfileShape, kept: Path
) -> Simulated:
    """Return the scan with thick slices, its guide aligned."""
    name, reference, guide = one
    coarse = reference.grid.coarsened((1, distance, 1))
    coarse = with_slice_profile(coarse, thickness, axis=1, shape=shape)
    target = degrade(reference, coarse)
    if name == SUBJECT:
        key = f"{name}-thick-{thickness:g}-at-{distance:g}-{shape}"
        aligned = align_once(key, target, guide, reference.grid, kept)
    else:
        aligned = align(target, guide, reference.grid, register=False)
    pair = aligned.pair
    assert pair.guide is not None
    target, own, truth = (middle(each) for each in (pair.target, pair.guide, reference))
    return Simulated(Pair(target, truth.grid, own), truth, aligned.detail)


def middle(volume: Volume, count: int = SLAB) -> Volume:
    """Return the slices in the middle of a volume."""
    start = max(0, (volume.shape[2] - count) // 2)
    box = (slice(None), slice(None), slice(start, start + count))
    return volume.with_data(volume.data[box], volume.grid.cropped(box))


def assumed(scan: Simulated, thickness: float, shape: ProfileShape) -> Simulated:
    """Return the scan with another assumption about its slices."""
    target = scan.pair.target
    grid = with_slice_profile(target.grid, thickness, axis=1, shape=shape)
    pair = Pair(target.with_data(target.data, grid), scan.pair.fine, scan.pair.guide)
    return replace(scan, pair=pair)


def assumptions(
    thickness: float, distance: float, shape: ProfileShape
) -> Iterator[tuple[str, float, ProfileShape]]:
    """Yield names of assumptions, each with a thickness and a shape."""
    yield "true", thickness, shape
    if thickness != distance:
        yield "distance", distance, shape
    for other in get_args(SliceProfileName):
        if other != shape:
            yield "other shape", thickness, other


def scores(scan: Simulated, cascade: Cascade, name: str) -> Row:
    """Return gain, gain in the eroded mask, and data-consistency error."""
    means = summarise(score_case(cascade, scan, name))
    return {column: means[column] for column in ("gain", "gain_deep", "consistency")}


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/ and labels/.")],
    shapes: Annotated[str, typer.Option(help="Profiles of the scans.")] = "gaussian,slab",
    weights: Annotated[str | None, typer.Option(help="Names or files, with commas.")] = None,
    only: Annotated[str | None, typer.Option(help="One scan, by name.")] = None,
    truth: Annotated[bool, typer.Option("--truth", help="The true profile alone.")] = False,
    runs: Annotated[Path, typer.Option(help="Where motions are kept.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Enhance every scan with every assumption, with and without a guide."""
    rows: list[Row] = []
    for one in images(data):
        if only not in (None, one[0]):
            continue
        for shape in get_args(SliceProfileName):
            if shape not in shapes.split(","):
                continue
            for thickness, distance in SLICES:
                scan = simulated(one, thickness, distance, shape, runs / ALIGNED)
                rows += _rows(scan, one[0], thickness, distance, shape, weights, truth=truth)
    run = f"slices-{(only or 'all').replace(' ', '-')}"
    write_rows(rows, results / f"{run}.csv")
    write_summary({"rows": len(rows), "slices": SLAB}, results / f"{run}.json")


def _rows(
    scan: Simulated,
    name: str,
    thickness: float,
    distance: float,
    shape: ProfileShape,
    weights: str | None,
    *,
    truth: bool,
) -> list[Row]:
    rows: list[Row] = []
    scale = (1.0, distance, 1.0)
    names = weights.split(",") if weights else [
        default_weights(scale, guided=guided, target="T2w", guide="T1w" if guided else None)
        for guided in (True, False)
    ]  # fmt: skip
    for label, mm, kind in assumptions(thickness, distance, shape):
        if truth and label != "true":
            continue
        for weight in names:
            found = scores(assumed(scan, mm, kind), load_weights(weight), name)
            row: Row = {
                "scan": name, "thickness": thickness, "distance": distance, "profile": shape,
                "assumed": label, "weights": Path(weight).stem, **found,
            }  # fmt: skip
            typer.echo(
                ", ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values())
            )
            rows.append(row)
    return rows


if __name__ == "__main__":
    typer.run(main)
