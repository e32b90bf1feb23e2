"""crossres demo: the whole way on drawn heads, no files needed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from crossres.cli.messages import progress
from crossres.cli.options import (
    Quiet,
    Seed,
    Threads,
    examples,
)

EXAMPLES = examples("crossres demo", "crossres demo -o /tmp/demo --steps 600")


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to fill.")] = Path(
        "crossres-demo"
    ),
    steps: Annotated[int, typer.Option("--steps", min=1, help="Optimiser steps.")] = 300,
    subjects: Annotated[int, typer.Option("--subjects", min=1, help="Heads to learn from.")] = 6,
    threads: Threads = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn from low-resolution drawn heads alone, sharpen an unseen one, compare with the truth.

    Two or three minutes on two cores. Makes NIfTI files, weights, a picture, a page, and
    maps for `crossres view`.
    """
    from crossres.cli.options import set_threads
    from crossres.weights import shipped_names
    from crossres.workflows import demo as parts

    set_threads(threads)
    plan = parts.Demonstration(output, subjects=subjects, steps=steps, seed=seed)
    with progress("drawing heads", quiet=quiet) as shown:
        parts.draw_heads(plan, progress=shown)
    with progress("learning from low resolution alone", quiet=quiet) as shown:
        parts.learn_weights(plan, progress=shown)
    weights = {"learned here": str(plan.weights)}
    if "t1-t2-axial-x2" in shipped_names():
        weights["shipped weights"] = "t1-t2-axial-x2"
    done = {}
    for name, source in weights.items():
        with progress(f"sharpening with {name}", quiet=quiet) as shown:
            done[name] = parts.enhance_unseen(plan, source, progress=shown)
    scores = parts.score_methods(plan, parts.estimates(done))
    files = parts.write_results(plan, done, scores)
    if not quiet:
        _summarise(parts.table_rows(scores), files)
        typer.echo(f"crossres view {shlex.quote(str(parts.estimate_file(plan, [*done][-1])))}")


def _summarise(rows: Sequence[tuple[str, str, str, str]], files: Sequence[Path]) -> None:
    """Print the table of scores and what to open."""
    from crossres.cli.tables import columns, facts

    columns("Unseen head, axial slices, mean", ("method", "PSNR, dB", "SSIM", "gain, dB"), rows)
    facts("Look at", {path.stem: path for path in files})
