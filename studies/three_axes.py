"""One scan that gets finer along all axes: two passes, their other order, and joint estimates.

    python -m studies.three_axes --data DATA

Voxels of 2 x 2 x 4 mm are enhanced to 1 mm, without a guide. "both orders" is the mean of both
orders; "apart" the mean of an estimate that is refined in the plane by the network and across by
cubic interpolation, and of one that is refined the other way round. All end with the projection
onto the scan over all axes at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.agreement import Row, score
from studies.joined import SUBJECT, boxed
from studies.sources import label_sources, phantom_sources

from crossres.inference import Cascade, super_resolve
from crossres.inference.single_pass import back_projected
from crossres.io import find_cases, read
from crossres.physics import degrade, interpolate_volume
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.simulated import Simulated
from crossres.volume import Grid, Pair, Volume
from crossres.weights import load_weights

FACTORS = (2, 2, 4)
PLANE, ACROSS = "t2-axial-x2", "t2-through-plane-x5"


def images(data: Path) -> Iterator[tuple[str, Volume]]:
    """Yield name and reference of images with isotropic detail, whole voxels of the scan."""
    for case in find_cases(data / "cohort"):
        if case.name == SUBJECT:
            yield case.name, whole(read(case.target).canonical())
    for source in (*label_sources(data, (17,)), *phantom_sources((101,))):
        yield source.name, whole(source.images()[1].canonical())


def whole(reference: Volume) -> Volume:
    """Return the box around the head, of whole voxels of the scan."""
    part = boxed(reference, reference)
    i, j, k = (slice(0, size // f * f) for size, f in zip(part.shape, FACTORS, strict=True))
    return part.with_data(part.data[i, j, k], part.grid.cropped((i, j, k)))


def estimates(scan: Volume, fine: Grid) -> Iterator[tuple[str, Volume]]:
    """Yield each estimate before the projection."""
    plane, across = load_weights(PLANE), load_weights(ACROSS)
    i, j, k = scan.shape
    in_plane, through = (
        fine.with_shape((*fine.shape[:2], k)),
        fine.with_shape((i, j, fine.shape[2])),
    )
    first, second = _pass(plane, scan, in_plane), _pass(across, scan, through)
    orders = _pass(across, first, fine), _pass(plane, second, fine)
    yield "plane first", orders[0]
    yield "across first", orders[1]
    yield "both orders", _mean(orders)
    apart = interpolate_volume(first, fine), interpolate_volume(second, fine)
    yield "apart", _mean(apart)


def _pass(cascade: Cascade, scan: Volume, fine: Grid) -> Volume:
    return super_resolve(cascade, Pair(scan, fine)).volume


def _mean(volumes: tuple[Volume, Volume]) -> Volume:
    return volumes[0].with_data(np.mean([each.data for each in volumes], axis=0))


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/ and labels/.")],
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Enhance each scan in all ways."""
    rows: list[Row] = []
    for name, reference in images(data):
        coarse = degrade(reference, reference.grid.coarsened(FACTORS))
        case = Simulated(Pair(coarse, reference.grid), reference)
        cubic = interpolate_volume(coarse, reference.grid)
        rows.append({"scan": name, "estimate": "cubic", **score(cubic, case)})
        method = load_weights(PLANE).back_projection
        for estimate, volume in estimates(coarse, reference.grid):
            found = back_projected(case.pair, volume, method, 0.0).volume
            rows.append({"scan": name, "estimate": estimate, **score(found, case)})
            typer.echo(str(rows[-1]))
    write_rows(rows, results / "three-axes.csv")
    write_summary({"rows": len(rows)}, results / "three-axes.json")


if __name__ == "__main__":
    typer.run(main)
