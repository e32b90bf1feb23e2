"""Time per image of every method of Tables I and II, side by side in one run.

    python -m studies.benchmark_methods [--budget cpu] [--results results/reproduction/speed.json]

One axial slice of 240 x 240, untrained networks (time does not depend on the weights), the fastest
of a few rounds; each round runs every method once. The training of internal methods on the test
image is not included: it is the column ``learning_seconds`` of the scores.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from crossres.inference import Enhancer, GuidedRegression
from crossres.reproduction import Budget, budget
from crossres.reproduction.methods import TABLE_1, TABLE_2, Method
from crossres.reproduction.plans import plan_of
from crossres.reproduction.records import write_summary
from crossres.volume import Grid

SIDE = 240


def enhancer_of(method: Method, chosen: Budget, factor: int) -> Enhancer:
    """Return the cascade of the method with untrained networks."""
    if not method.is_trained:
        return GuidedRegression()
    plan = plan_of(method, chosen, factor)
    shared = method.regime == "default"  # all others retrain each stage
    count = 1 if shared else plan.regime.stages
    cascade = plan.cascade([plan.make() for _ in range(count)], factor)
    return (cascade.self_ensemble() if method.ensemble else cascade).ready()


def milliseconds(cascade: Enhancer, factor: int) -> float:
    """Return the time that one slice takes."""
    fine = Grid((SIDE, SIDE, 1), np.eye(4))
    coarse = fine.coarsened((factor, factor, 1))
    target, guide = torch.rand(1, 1, *coarse.shape[:2]), torch.rand(1, 1, SIDE, SIDE)
    start = time.perf_counter()
    cascade.enhance(target, guide if cascade.guided else None, coarse, fine)
    return 1e3 * (time.perf_counter() - start)


def main(
    budget_name: Annotated[str, typer.Option("--budget")] = "cpu",
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    results: Annotated[Path, typer.Option()] = Path("results/reproduction/speed.json"),
) -> None:
    """Time every method at both factors and write milliseconds per image."""
    chosen = budget(budget_name)
    methods = {row.name: row.method for t in (TABLE_1, TABLE_2) for row in t.rows[1:]}
    cases = [(name, method, factor) for name, method in methods.items() for factor in (2, 4)]
    cascades = {f"{name}, {f}x": (enhancer_of(m, chosen, f), f) for name, m, f in cases}
    taken: dict[str, list[float]] = {name: [] for name in cascades}
    for _ in range(rounds + 1):
        for name, (cascade, factor) in cascades.items():
            taken[name].append(milliseconds(cascade, factor))
    fastest = {name: min(times[1:]) for name, times in taken.items()}
    write_summary({"budget": budget_name, "milliseconds": fastest}, results)
    for name, value in fastest.items():
        typer.echo(f"{name}: {value:.0f} ms")


if __name__ == "__main__":
    typer.run(main)
