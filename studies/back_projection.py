"""Kinds of back-projection after cubic up-sampling, at several noise levels.

    python -m studies.back_projection --data DATA/cohort

Without a network: this isolates the effect of data consistency.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from crossres.io import Case, find_cases, split_by_name
from crossres.metrics import psnr
from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    consistency,
)
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.reproduction.simulated import FOLD_1, simulate
from crossres.volume import intensity_scale

KINDS: dict[str, BackProjection] = {
    "cubic": BackProjection("none"),
    "1 step": BackProjection("iterative", 1),
    "5 steps": BackProjection("iterative", 5),
    "exact": BackProjection("exact"),
    "Tikhonov 0.03": BackProjection("exact", noise=0.03),
    "Tikhonov 0.1": BackProjection("exact", noise=0.1),
    "Tikhonov 0.3": BackProjection("exact", noise=0.3),
    "Tikhonov 1": BackProjection("exact", noise=1.0),
}
NOISES = (0.0, 0.01, 0.03)
FACTORS = (2.0, 4.0)


def compare(case: Case, factor: float, noise: float, every: int) -> list[Row]:
    """Return PSNR and data-consistency error of each kind for one case, factor and noise.

    Noise is Gaussian, its standard deviation given as a fraction of the scan's 99th percentile.
    """
    simulated = simulate(case, factor, guided=False, every=every)
    pair, x = simulated.pair, torch.from_numpy(simulated.reference.data)[None, None]
    clean = pair.target.data
    drawn = np.random.default_rng(0).normal(0, noise * intensity_scale(clean), clean.shape)
    y = torch.from_numpy(clean + drawn.astype(np.float32))[None, None]
    acquisition = Acquisition(pair.fine, pair.target.grid)
    rows = []
    for name, method in KINDS.items():
        estimate = back_project(acquisition, acquisition.upsample(y), y, method)
        found = {"psnr": _psnr(estimate, x), "residual": consistency(acquisition, estimate, y)}
        rows.append({"case": case.name, "factor": factor, "noise": noise, "kind": name, **found})
    return rows


def _psnr(estimate: torch.Tensor, reference: torch.Tensor) -> float:
    """Average over the slices with more than 5 % brain."""
    slices = [t[0].permute(3, 0, 1, 2) for t in (estimate, reference)]
    used = (slices[1] > 0).float().mean(dim=(1, 2, 3)) > 0.05
    peak = float(reference.max())
    return float(psnr(slices[0][used], slices[1][used], data_range=peak, mask=None).mean())


def tabulate(rows: Sequence[Row]) -> list[Row]:
    """Average over the cases."""
    table = []
    for factor, noise, kind in itertools.product(FACTORS, NOISES, KINDS):
        key = {"factor": factor, "noise": noise, "kind": kind}
        own = [r for r in rows if all(r[k] == v for k, v in key.items())]
        means = {q: float(np.mean([float(str(r[q])) for r in own])) for q in ("psnr", "residual")}
        table.append({**key, **means})
    return table


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    every: Annotated[int, typer.Option(help="Score every n-th slice.")] = 10,
    results: Annotated[Path, typer.Option()] = Path("results/back_projection"),
) -> None:
    """Compare the kinds of back-projection on fold 1's test subjects."""
    _, cases = split_by_name(find_cases(data), FOLD_1)
    settings = itertools.product(cases, FACTORS, NOISES)
    rows = [row for c, f, n in settings for row in compare(c, f, n, every)]
    write_rows(tabulate(rows), results.with_suffix(".csv"))
    write_summary({"cases": list(FOLD_1), "every": every}, results.with_suffix(".json"))
    for row in tabulate(rows):
        typer.echo(" ".join(f"{k}={v}" for k, v in row.items()))


if __name__ == "__main__":
    typer.run(main)
