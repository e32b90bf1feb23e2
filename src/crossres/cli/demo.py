"""crossres demo: training, enhancement and scores on digital phantoms, without files."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from crossres.cli.messages import progress
from crossres.cli.options import Device, Quiet, Seed, Threads, examples, set_threads
from crossres.cli.panels import FILES, NETWORKS

EXAMPLES = examples("crossres demo", "crossres demo -o /tmp/demo --steps 600")


def demo(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder to fill.", rich_help_panel=FILES
        ),
    ] = Path("crossres-demo"),
    steps: Annotated[
        int,
        typer.Option("--steps", min=1, help="Optimiser steps.", rich_help_panel=NETWORKS),
    ] = 300,
    subjects: Annotated[
        int,
        typer.Option("--subjects", min=1, help="Phantoms to train on.", rich_help_panel=NETWORKS),
    ] = 6,
    device: Device = "auto",
    threads: Threads = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train on low-resolution digital phantoms, enhance another one, compare with the reference.

    Takes 37 s on two cores. Makes NIfTI files, weights, a picture, a report, and
    maps for `crossres view`.
    """
    from crossres.checks import require
    from crossres.inference import compute_device
    from crossres.weights import shipped_names
    from crossres.workflows import demo as library

    require("report", "the demonstration")
    set_threads(threads)
    plan = library.Demonstration(
        output, subjects=subjects, steps=steps, seed=seed, device=compute_device(device)
    )
    with progress("simulating phantoms", quiet=quiet) as shown:
        library.make_phantoms(plan, progress=shown)
    with progress("training on low resolution alone", quiet=quiet) as shown:
        library.train_weights(plan, progress=shown)
    weights: dict[str, Path | None] = {library.TRAINED: plan.weights}
    if shipped_names():
        weights[library.SHIPPED] = None
    done = {}
    for method, source in weights.items():
        with progress(f"enhancing with {library.LABELS[method]}", quiet=quiet) as shown:
            done[method] = library.enhance_unseen(plan, source, progress=shown)
    scores = library.score_methods(plan, library.estimates(done))
    files = library.write_results(plan, done, scores)
    _summarise(library.table_rows(scores), files, quiet=quiet)
    if not quiet:
        typer.echo(f"crossres view {shlex.quote(str(library.estimate_file(plan, [*done][-1])))}")


def _summarise(
    rows: Sequence[tuple[str, str, str, str]], files: Sequence[Path], *, quiet: bool
) -> None:
    """Print the table of scores and the files to open."""
    from crossres.cli.tables import columns, facts

    names = ("method", "PSNR, dB", "SSIM", "gain, dB")
    columns("Test phantom, mean of axial slices", names, rows, quiet=quiet)
    facts("Outputs", {path.stem: path for path in files}, quiet=quiet)
