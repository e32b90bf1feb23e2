"""Enhance a 240 x 240 x 155 pair 2x in the plane: seconds, memory, and share of peak performance.

    python -m studies.benchmark_speed [--weights NAME] [--results results/speed.json]

The pair is a digital phantom. GFLOP/s of the network are compared with those of a matrix product in
the same run; "floor_seconds" is the time of the network's operations at that rate.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn

from crossres.inference import Cascade, super_resolve
from crossres.phantom import make_pair
from crossres.physics import Acquisition, degrade, project
from crossres.reproduction.records import write_summary
from crossres.volume import Grid, Pair
from crossres.weights import load_weights

SHAPE = (240, 240, 155)


def seconds(call: Callable[[], object], repeats: int = 3) -> float:
    """Return the fastest of a few runs."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def gemm_gflops(size: int = 1536) -> float:
    """Return GFLOP/s of a square matrix product."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    return 2 * size**3 / seconds(lambda: a @ b) / 1e9


def gflop_per_pixel(network: nn.Module) -> float:
    """Return the network's operations per pixel: two per weight of each convolution."""
    weights = [m.weight.numel() for m in network.modules() if isinstance(m, nn.Conv2d)]
    return 2 * sum(weights) / 1e9


def stage_milliseconds(cascade: Cascade, fine: Grid, coarse: Grid, batch: int) -> dict[str, float]:
    """Return ms per slice of up-sampling, network and projection."""
    acquisition, network = Acquisition(fine, coarse), cascade.ready().networks[0]
    y = torch.rand(batch, 1, *coarse.shape[:2])
    up = acquisition.upsample(y)
    calls: dict[str, Callable[[], Tensor]] = {
        "upsample": lambda: acquisition.upsample(y),
        "network": lambda: network(up, up),
        "projection": lambda: project(acquisition, up, y),
    }
    with torch.no_grad():
        return {name: seconds(call) / batch * 1e3 for name, call in calls.items()}


def main(
    weights: Annotated[str, typer.Option()] = "t1-t2-axial-x2",
    batch: Annotated[int, typer.Option()] = 1,
    results: Annotated[Path, typer.Option()] = Path("results/speed.json"),
) -> None:
    """Enhance a phantom, time the parts of a slice, and write the measurements."""
    cascade = load_weights(weights)
    guide, reference = make_pair(1, shape=SHAPE)
    fine = reference.grid
    coarse = fine.coarsened((2, 2, 1))
    result = super_resolve(cascade, Pair(degrade(reference, coarse), fine, guide), batch=batch)
    stages = stage_milliseconds(cascade, fine, coarse, batch)
    gflop = gflop_per_pixel(cascade.networks[0]) * SHAPE[0] * SHAPE[1]
    gemm = gemm_gflops()
    reached = gflop / stages["network"] * 1e3
    content = {
        "weights": weights,
        "enhance_seconds": result.seconds,
        "slices": SHAPE[2],
        "floor_seconds": gflop * SHAPE[2] / gemm,
        "milliseconds_per_slice": stages,
        "network_gflop_per_slice": gflop,
        "network_gflop_per_second": reached,
        "gemm_gflop_per_second": gemm,
        "network_over_gemm": reached / gemm,
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    write_summary(content, results)
    typer.echo(content)


if __name__ == "__main__":
    typer.run(main)
