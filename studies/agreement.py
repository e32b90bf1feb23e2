"""The projection within bounds: how low the floor may be, and how much agreement is worth.

    python -m studies.agreement --data DATA

Estimates of unguided weights are made to agree with degraded scans whose reference is known: slices
5 times too thick, on a slab of contiguous ones, and 2x and 4x in the plane. Some are enhanced with
a profile that is not theirs: slabs taken for Gaussians, slices of 3 mm at 4 mm taken for 4 mm, and
band-limited images (truncated k-space) taken for images with Gaussian voxels. An infinite misfit
and a floor of 0 is clipping, a misfit of 0 the exact projection within bounds.

    python -m studies.agreement --data DATA --inferred

measures which part of interpolation, estimate and reference is determined by the scan instead, of
the scans whose profile is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.slice_profile import assumed, images, middle
from studies.sources import label_sources, unseen

from crossres.inference.agreement import FLOOR, MISFIT, constrain
from crossres.inference.single_pass import estimate_volume, super_resolve
from crossres.io import find_cases, read
from crossres.physics import degrade, interpolate_volume, volume_consistency
from crossres.report import measure_inferred
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import eroded_mask
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.types import Array3
from crossres.volume import Pair, Volume, brain_or_head_mask, with_slice_profile
from crossres.weights import load_weights

CHOICES = (
    (0.0, math.inf), (FLOOR, math.inf), (FLOOR, 1.0), (FLOOR, MISFIT), (FLOOR, 0.1), (FLOOR, 0.03),
    (FLOOR, 0.0), (0.25, MISFIT), (0.5, MISFIT),
)  # fmt: skip
"""Floor and misfit."""
IN_PLANE = ("sub-03", "sub-11")
EVERY = 10
Row = dict[str, object]


def scans(data: Path) -> Iterator[tuple[str, str, Simulated, str]]:
    """Yield name, what is assumed of it, degraded scan and the weights for it."""
    for name, reference, _ in images(data):
        truth, weights = middle(reference), "t2-through-plane-x5"
        yield f"{name}, slices 5x", "true", _degraded(truth, (1, 5, 1)), weights
        slab = with_slice_profile(truth.grid.coarsened((1, 5, 1)), 5.0, axis=1, shape="slab")
        scan = Simulated(Pair(degrade(truth, slab), truth.grid), truth)
        yield f"{name}, slabs 5x", "Gaussian", assumed(scan, 5.0, "gaussian"), weights
        gaps = with_slice_profile(truth.grid.coarsened((1, 4, 1)), 3.0, axis=1)
        scan = Simulated(Pair(degrade(truth, gaps), truth.grid), truth)
        yield f"{name}, 3 mm at 4 mm", "4 mm", assumed(scan, 4.0, "gaussian"), weights
    references = {c.name: read(c.target) for c in find_cases(data / "cohort") if c.name in IN_PLANE}
    references |= {s.name: s.images()[1] for s in (*unseen(data), *label_sources(data, (18,)))}
    for name, reference in references.items():
        truth = every_slice(reference.canonical(), EVERY)
        for factor in (2, 4):
            scan, weights = _degraded(truth, (factor, factor, 1)), f"t2-axial-x{factor}"
            yield f"{name}, {factor}x", "true", scan, weights
            if all(size % factor == 0 for size in truth.shape[:2]):
                yield f"{name}, {factor}x band-limited", "Gaussian", _band_limited(scan), weights


def _degraded(truth: Volume, factors: tuple[int, int, int]) -> Simulated:
    return Simulated(Pair(degrade(truth, truth.grid.coarsened(factors)), truth.grid), truth)


def _band_limited(scan: Simulated) -> Simulated:
    """Return the scan sampled from truncated k-space in the plane, masked as the degraded one."""
    pair, data = scan.pair, scan.reference.data.astype(np.complex128)
    for axis in (0, 1):
        data = truncated(data, axis, scan.reference.shape[axis] // pair.target.shape[axis])
    magnitude = np.abs(data).astype(np.float32)
    magnitude[pair.target.data < 1e-3 * pair.target.data.max()] = 0
    return Simulated(Pair(pair.target.with_data(magnitude), pair.fine), scan.reference)


def truncated(data: np.ndarray, axis: int, factor: int) -> np.ndarray:
    """Return every n-th sample of an image without the frequencies that these cannot hold.

    Samples lie at the centres of the coarse voxels, half-way between fine ones for even factors.
    """
    k = np.fft.fftfreq(data.shape[axis])
    kept = (np.abs(k) < 0.5 / factor) * np.exp(1j * np.pi * k * (factor - 1))
    shape = [-1 if a == axis else 1 for a in range(3)]
    image = np.fft.ifft(np.fft.fft(data, axis=axis) * kept.reshape(shape), axis=axis)
    return image[tuple(slice(None, None, factor) if a == axis else slice(None) for a in range(3))]


def score(estimate: Volume, scan: Simulated) -> Row:
    """Return PSNR in the head and in the eroded mask, the residual, and the share of zeros."""
    away, truth = estimate.data - scan.reference.data, scan.reference.data
    head = brain_or_head_mask(truth)
    return {
        "psnr_whole": _psnr(away, truth),
        "psnr": _psnr(away[head], truth),
        "psnr_eroded": _psnr(away[eroded_mask(scan.reference)], truth),
        "residual": volume_consistency(estimate, scan.pair.target),
        "zeros": float(np.mean(estimate.data[head & (truth > 0)] == 0)),
    }


def _psnr(away: Array3, truth: Array3) -> float:
    return float(20 * np.log10(truth.max() / np.sqrt(np.square(away).mean())))


def inferred_rows(name: str, scan: Simulated, weights: str) -> list[Row]:
    """Return the part determined by the scan: of interpolation, estimate and reference."""
    result = super_resolve(load_weights(weights), scan.pair)
    images = {
        "interpolated": result.interpolated, "result": result.volume, "reference": scan.reference
    }  # fmt: skip
    found = {
        image: measure_inferred(scan.pair, volume, result.interpolated)
        for image, volume in images.items()
    }
    return [
        {
            "scan": name, "weights": weights, "image": image,
            "edge_share_from_scan": each.edge_share_from_scan, "inferred_rms": each.rms,
            "psnr": score(images[image], scan)["psnr"] if image != "reference" else "",
        }
        for image, each in found.items()
    ]  # fmt: skip


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
    inferred: Annotated[
        bool, typer.Option("--inferred", help="The part determined by the scan.")
    ] = False,
) -> None:
    """Make the estimates agree with each floor and misfit; or measure the part from the scan."""
    rows: list[Row] = []
    if inferred:
        for name, assumption, scan, weights in scans(data):
            if assumption == "true":
                rows += inferred_rows(name, scan, weights)
                typer.echo(rows[-3:])
        write_rows(rows, results / "inferred.csv")
        write_summary({"rows": len(rows), "every": EVERY}, results / "inferred.json")
        return
    for name, assumption, scan, weights in scans(data):
        cascade = load_weights(weights)
        estimate = estimate_volume(cascade, scan.pair)
        cubic = score(interpolate_volume(scan.pair.target, scan.pair.fine), scan)
        row = {"scan": name, "assumed": assumption, "floor": "cubic", "misfit": "", **cubic}
        rows.append(row)
        for floor, misfit in CHOICES:
            method = cascade.back_projection
            found = constrain(estimate, scan.pair, method, floor=floor, misfit=misfit).volume
            rows.append(
                {
                    "scan": name, "assumed": assumption, "floor": floor, "misfit": misfit,
                    **score(found, scan),
                }
            )  # fmt: skip
        typer.echo(f"{name} as {assumption}: {rows[-6]}")
    write_rows(rows, results / "agreement.csv")
    write_summary({"rows": len(rows), "every": EVERY}, results / "agreement.json")


if __name__ == "__main__":
    typer.run(main)
