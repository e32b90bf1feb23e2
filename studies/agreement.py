"""The projection within bounds: how low the floor may be, and how many steps it takes.

    python -m studies.agreement --data DATA

Estimates of unguided weights are made to agree with degraded scans whose reference is known: slices
5 times too thick, on a slab of contiguous ones, and 4x in the plane. A floor of 0 without steps is
the clipped projection.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.slice_profile import images, middle
from studies.sources import label_sources, unseen

from crossres.inference.agreement import agreed
from crossres.inference.single_pass import estimate_volume
from crossres.io import find_cases, read
from crossres.physics import degrade, volume_consistency
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import eroded_mask
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.types import Array3
from crossres.volume import Pair, Volume, brain_or_head_mask
from crossres.weights import load_weights

FLOORS = (0.0, 0.1, 0.25, 0.5)
STEPS = (0, 1, 5, 10, 20, 30)
IN_PLANE = ("sub-03", "sub-11")
EVERY = 10
Row = dict[str, object]


def scans(data: Path) -> Iterator[tuple[str, Simulated, str]]:
    """Yield name, degraded scan and the weights for it."""
    for name, reference, _ in images(data):
        truth = middle(reference)
        yield f"{name}, slices 5x", _degraded(truth, (1, 5, 1)), "t2-through-plane-x5"
    references = {c.name: read(c.target) for c in find_cases(data / "cohort") if c.name in IN_PLANE}
    references |= {s.name: s.images()[1] for s in (*unseen(data), *label_sources(data, (18,)))}
    for name, reference in references.items():
        truth = every_slice(reference.canonical(), EVERY)
        yield f"{name}, 4x", _degraded(truth, (4, 4, 1)), "t2-axial-x4"


def _degraded(truth: Volume, factors: tuple[int, int, int]) -> Simulated:
    return Simulated(Pair(degrade(truth, truth.grid.coarsened(factors)), truth.grid), truth)


def score(estimate: Volume, scan: Simulated) -> Row:
    """Return PSNR in the head and in the eroded mask, the residual, and the share of zeros."""
    away, truth = estimate.data - scan.reference.data, scan.reference.data
    head = brain_or_head_mask(truth)
    return {
        "psnr": _psnr(away[head], truth),
        "psnr_eroded": _psnr(away[eroded_mask(scan.reference)], truth),
        "residual": volume_consistency(estimate, scan.pair.target),
        "zeros": float(np.mean(estimate.data[head & (truth > 0)] == 0)),
    }


def _psnr(away: Array3, truth: Array3) -> float:
    return float(20 * np.log10(truth.max() / np.sqrt(np.square(away).mean())))


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Make the estimates agree with each floor and number of steps."""
    rows: list[Row] = []
    for name, scan, weights in scans(data):
        cascade = load_weights(weights)
        estimate = estimate_volume(cascade, scan.pair)
        for floor in FLOORS:
            for steps in STEPS:
                method = cascade.back_projection
                found = agreed(estimate, scan.pair, method, floor=floor, steps=steps)
                row = {"scan": name, "floor": floor, "steps": steps, **score(found, scan)}
                typer.echo(", ".join(map(str, row.values())))
                rows.append(row)
    write_rows(rows, results / "agreement.csv")
    write_summary({"rows": len(rows), "every": EVERY}, results / "agreement.json")


if __name__ == "__main__":
    typer.run(main)
