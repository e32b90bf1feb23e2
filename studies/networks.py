r"""Networks at equal time: their gain beside the milliseconds of one stage.

    python -m studies.networks --data DATA/cohort
    python -m studies.networks --data DATA/cohort --only two-scale-16-32 --partner two-scale

Trains the default recipe on the subjects whose T1w and T2w are aligned inside the brain, with and
without guide, and scores three others with the guide, without it and blended. With ``--partner``
only the guided network is trained, and blended with the unguided one of another variant. One thread
throughout. Variants that the result file already has are not run again; trainings are resumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Annotated

import torch
import typer
from studies.changes import Change, regime, with_network
from studies.console import PrintProgress
from studies.quality import trained_for

from crossres.inference import Blend, Cascade, Enhancer, Example
from crossres.io import Case, find_cases
from crossres.reproduction.records import provenance, read_rows, write_rows
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import Simulated, low_resolution_examples, simulate
from crossres.training import Recipe, recipe
from crossres.volume import Grid

ALIGNED = tuple(f"sub-{n:02d}" for n in (1, 2, 4, 5, 8, 12, 13, 17, 18))
"""Training subjects, T1w and T2w within 0.45 mm of each other inside the brain."""
SCORED = ("sub-07", "sub-11", "sub-14")
"""Validation subjects, aligned inside the brain as well."""
ROUNDS = 7
"""Rounds of the timing, of which the best counts."""
SIDE = 240
"""Side of the slice that is timed, pixels."""
METRICS = ("gain", "gain_deep", "ssim_inside")
"""Columns of the mean scores that are kept."""


def two_scale(**changes: int | bool | str) -> Change:
    """Return a change to the two-scale network, its settings changed."""
    return with_network("two-scale-rdn", **changes)


VARIANTS: dict[str, Change] = {
    "guided-rdn": with_network("guided-rdn", width=24),
    "two-scale": two_scale(),
    "two-scale-pseudo-targets": lambda plan: regime(pseudo_targets=True)(two_scale()(plan)),
    "two-scale-16-32": two_scale(fine=16, width=32),
    "two-scale-32-32": two_scale(fine=32, width=32),
    "two-scale-24-64": two_scale(width=64),
    "two-scale-blocks-3": two_scale(blocks=3),
    "two-scale-blocks-5": two_scale(blocks=5),
}
"""What the network of the default recipe is replaced by; with pseudo-targets for the unguided one,
which are made with the guides of the training subjects, it needs none when it is used."""


@dataclass(frozen=True)
class Setting:
    """What all variants of one result file share.

    Args:
        cases: The cohort.
        factor: In-plane factor.
        steps: Optimiser steps of each training.
        every: Train on every n-th slice.
        scored: Score every n-th slice.
        seed: Seed of the trainings.
        runs: Where checkpoints go.
    """

    cases: tuple[Case, ...]
    factor: float
    steps: int
    every: int
    scored: int
    seed: int
    runs: Path

    def plan(self, name: str, *, guided: bool) -> Recipe:
        """Return the recipe of a variant."""
        plan = recipe("default", self.factor, guided=guided, steps=self.steps)
        return VARIANTS[name](plan).with_training(seed=self.seed)

    def run(self, name: str, *, guided: bool) -> Path:
        """Return the folder of a training."""
        kind = "guided" if guided else "unguided"
        return self.runs / f"{name}-{kind}-x{self.factor:g}-{self.steps}-seed-{self.seed}"


@dataclass(frozen=True, eq=False)
class Trained:
    """A training and what it reached.

    Args:
        cascade: With its network.
        loss: Mean of the last epoch.
        seconds: Of the training.
        scores: Means over the slices of the validation subjects.
    """

    cascade: Cascade
    loss: float
    seconds: float
    scores: dict[str, float]


@cache
def trained(setting: Setting, name: str, *, guided: bool) -> Trained:
    """Train one network of a variant, or resume it, and score it."""
    plan, run = setting.plan(name, guided=guided), setting.run(name, guided=guided)
    run.mkdir(parents=True, exist_ok=True)
    examples = _examples(setting, guided or bool(plan.regime.sources))
    cascade, curves = plan.regime.fit(plan.make, examples, folder=run, progress=PrintProgress())
    return Trained(cascade, curves[-1][-1], trained_for(run), scores(setting, cascade))


def scores(setting: Setting, enhancer: Enhancer) -> dict[str, float]:
    """Return the mean scores over the slices of the validation subjects."""
    cases = [case for case in setting.cases if case.name in SCORED]
    scans = [_simulated(case, setting.factor, setting.scored, enhancer.guided) for case in cases]
    pairs = zip(scans, cases, strict=True)
    return summarise([row for scan, case in pairs for row in score_case(enhancer, scan, case.name)])


@cache
def _examples(setting: Setting, guided: bool) -> list[Example]:
    cases = [case for case in setting.cases if case.name in ALIGNED]
    return low_resolution_examples(cases, setting.factor, guided=guided, every=setting.every)


@cache
def _simulated(case: Case, factor: float, every: int, guided: bool) -> Simulated:
    return simulate(case, factor, guided=guided, every=every)


def evaluate(setting: Setting, name: str, partner: str) -> Row:
    """Train one variant and return its row of results."""
    guided = trained(setting, name, guided=True)
    unguided = trained(setting, partner, guided=False)
    blended = scores(setting, Blend(guided.cascade, unguided.cascade))
    today = setting.plan("guided-rdn", guided=True).make
    own, beside = milliseconds(guided.cascade.networks[0], today().eval())
    found = {"guided": guided.scores, "unguided": unguided.scores, "blended": blended}
    gains = {f"{m}_{kind}": score[m] for kind, score in found.items() for m in METRICS}
    return {
        "variant": name, "partner": partner, "seed": setting.seed, "steps": setting.steps,
        "parameters": sum(p.numel() for p in guided.cascade.networks[0].parameters()),
        "ms": own, "ms_guided_rdn": beside,
        **gains,
        "loss_guided": guided.loss, "loss_unguided": unguided.loss,
        "seconds_guided": guided.seconds, "seconds_unguided": unguided.seconds,
        "slices": blended["slices"], **provenance(),
    }  # fmt: skip


def milliseconds(*networks: torch.nn.Module) -> list[float]:
    """Return the time of one stage of one slice with each network, ms, measured in turn."""
    fine = Grid((SIDE, SIDE, 1), torch.eye(4).numpy())
    coarse = fine.coarsened((2, 2, 1))
    y, g = torch.rand(1, 1, SIDE // 2, SIDE // 2), torch.rand(1, 1, SIDE, SIDE)
    cascades = [Cascade((one,)).ready() for one in networks]
    stages = [lambda each=each: each.enhance(y, g, coarse, fine) for each in cascades]
    rounds = [[_seconds(stage) for stage in stages] for _ in range(ROUNDS)]
    return [round(1e3 * min(times), 1) for times in zip(*rounds, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")] = 4.0,
    steps: Annotated[int, typer.Option(help="Optimiser steps of each training.")] = 1000,
    every: Annotated[int, typer.Option(help="Train on every n-th slice.")] = 4,
    scored: Annotated[int, typer.Option(help="Score every n-th slice.")] = 10,
    seed: Annotated[int, typer.Option()] = 0,
    only: Annotated[str, typer.Option(help="Variants to run, by comma; all if empty.")] = "",
    partner: Annotated[
        str, typer.Option(help="Variant of the unguided network; each variant's own if empty.")
    ] = "",
    runs: Annotated[Path, typer.Option(help="Where checkpoints go.")] = Path("runs/networks"),
    results: Annotated[Path, typer.Option()] = Path("results/variants/networks.csv"),
) -> None:
    """Run the variants that the result file does not have yet."""
    torch.set_num_threads(1)
    setting = Setting(tuple(find_cases(data)), factor, steps, every, scored, seed, runs)
    for name in only.split(",") if only else VARIANTS:
        key = name, partner or name, str(seed), str(steps)
        rows = read_rows(results)
        if key in {(r["variant"], r["partner"], r["seed"], r["steps"]) for r in rows}:
            continue
        row = evaluate(setting, name, partner or name)
        write_rows([*rows, row], results)
        typer.echo(
            f"{name}: {row['gain_deep_blended']:.2f} dB in the eroded mask, blended; {row['ms']} ms"
        )


if __name__ == "__main__":
    typer.run(main)
