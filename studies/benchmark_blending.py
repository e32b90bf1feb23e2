"""Time of blending: a slice with guided weights, and blended with the unguided ones.

    OMP_NUM_THREADS=1 python -m studies.benchmark_blending [--results results/blending.json]

Both are timed alternately in one run, on a slice of 240 x 240 at 2x and 4x, to measure the ratio.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import torch
import typer
from studies.blended import blend_of

from crossres.inference import Enhancer
from crossres.phantom import make_pair
from crossres.physics import Acquisition
from crossres.reproduction.records import write_summary
from crossres.volume import Grid

ROUNDS = 15
"""Rounds after one warm-up."""
SHAPE = (240, 240, 1)


def slice_seconds(enhancer: Enhancer, y: torch.Tensor, g: torch.Tensor, grids: list[Grid]) -> float:
    """Return the seconds of one slice."""
    start = perf_counter()
    enhancer.enhance(y, g, *grids)
    return perf_counter() - start


def ratio(factor: int) -> dict[str, float]:
    """Time both alternately and return their medians and ratio."""
    guide, reference = make_pair(1, shape=SHAPE)
    fine = reference.grid
    coarse = fine.coarsened((factor, factor, 1))
    x, g = (
        torch.from_numpy(v.data / v.data.max()).permute(2, 0, 1)[None] for v in (reference, guide)
    )
    y = Acquisition(fine, coarse).forward(x)
    blend = blend_of(f"t1-t2-axial-x{factor}").ready()
    both: dict[str, Enhancer] = {"guided": blend.guided_cascade, "blended": blend}
    rounds = [
        {name: slice_seconds(one, y, g, [coarse, fine]) for name, one in both.items()}
        for _ in range(ROUNDS + 1)
    ][1:]
    taken = {name: median(found[name] for found in rounds) for name in both}
    return {**taken, "ratio": taken["blended"] / taken["guided"]}


def main(results: Annotated[Path, typer.Option()] = Path("results/blending.json")) -> None:
    """Measure at 2x and 4x."""
    found = {f"x{factor}": ratio(factor) for factor in (2, 4)}
    write_summary(dict(found), results)
    typer.echo(found)


if __name__ == "__main__":
    typer.run(main)
