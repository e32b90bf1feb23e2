"""Weights for thick slices on other contrasts than T2w, with a known reference.

    python -m studies.thick_contrasts --data DATA --factor 3 --weights guided-any-through-plane-x3

Thick slices are made of the T1w of sub-02, whose detail is isotropic, guided by its T2w, and of
unseen simulated heads in random contrasts. No weights were trained on these scans.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.any_contrast import random_signals
from studies.sources import label_sources
from studies.thick_slices import thick, thick_case
from studies.through_plane import write_scores

from crossres.io import find_cases, read
from crossres.phantom import acquire, head_from_labels
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.scoring import score_case, summarise
from crossres.reproduction.simulated import Simulated
from crossres.weights import load_weights

SUBJECT = "sub-02"
HEADS = (17, 18, 19, 20)
_UNSEEN_SEED = 99


def tested(
    data: Path, factor: float, *, guided: bool, kept: Path
) -> Iterator[tuple[str, Simulated]]:
    """Yield what is scored, by name."""
    for case in find_cases(data / "cohort", target="T1w", guide="T2w"):
        if case.name == SUBJECT:
            yield f"{SUBJECT} T1w by T2w", thick_case(case, factor, guided=guided, kept=kept)
    for source in label_sources(data, HEADS):
        assert source.labels is not None  # label_sources makes them of label maps
        head = head_from_labels(read(source.labels), source.seed)
        rng = np.random.default_rng([_UNSEEN_SEED, source.seed])
        reference, guide = (acquire(head, random_signals(rng), 2 * source.seed + n) for n in (0, 1))
        yield f"{source.name} random", thick(reference, guide if guided else None, factor)


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/ and labels/.")],
    factor: Annotated[
        float, typer.Option(help="Slice thickness, as a multiple of the fine spacing.")
    ],
    weights: Annotated[str, typer.Option(help="Name or file.")],
    runs: Annotated[Path, typer.Option(help="Where motions are kept.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Score the weights on each scan."""
    cascade, scored = load_weights(weights), {}
    for name, simulated in tested(data, factor, guided=cascade.guided, kept=runs / ALIGNED):
        scored[name] = score_case(cascade, simulated, name)
        means = summarise(scored[name])
        typer.echo(f"{name}: gain {means['gain']:+.2f}, eroded {means['gain_deep']:+.2f} dB")
    run = f"contrasts-{Path(weights).stem}"
    write_scores(scored, results / run, {"factor": factor, "weights": Path(weights).stem})


if __name__ == "__main__":
    typer.run(main)
