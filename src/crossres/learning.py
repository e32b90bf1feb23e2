"""From a folder of low-resolution scans to weights: cases to examples, learning, the card."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn

from crossres.cascade import Cascade
from crossres.datasets import Case, SeriesCase, example_of, plane_example
from crossres.io.files import atomic
from crossres.pairing import fine_grid, pair_up
from crossres.recipes import Recipe
from crossres.regimes import Example, External
from crossres.settings import essentials
from crossres.types import CrossresError, Progress, SettingsError
from crossres.volume import Grid
from crossres.weights import WeightCard
from crossres.weights.card import slice_plane

Curves: TypeAlias = Sequence[Sequence[float]]
"""Mean loss of each epoch, per trained stage."""

_ACQUISITION = (
    "Gaussian slice profile, FWHM = coarse voxel size, voxel edges shared; in training {} "
    "degraded by the stage factor"
)
_DEGRADED = {1: "one axis of a slice is", 2: "both axes of the plane are"}
_RECORD = "training.json"


@dataclass(frozen=True, eq=False)
class Cohort:
    """Scans ready to learn from.

    Args:
        names: The cases' names.
        examples: Their slices, in the same order.
        grids: The scans' grids and the finer ones wanted, voxel axes as in the files.
        warnings: What the user should know, with the case's name.
        simulated: Images of simulated heads to learn from besides.
    """

    names: list[str]
    examples: list[Example]
    grids: list[tuple[Grid, Grid]]
    warnings: list[str]
    simulated: list[Example] = field(default_factory=list)

    @property
    def factor(self) -> float:
        """The largest factor wanted."""
        return max(max(coarse.factors_to(fine)) for coarse, fine in self.grids)

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Least and largest spacing of the scans along the axes that get finer, mm."""
        found = [
            spacing
            for coarse, fine in self.grids
            for spacing, factor in zip(coarse.spacing, coarse.factors_to(fine), strict=True)
            if factor > 1
        ]
        return min(found), max(found)

    @property
    def across(self) -> bool:
        """Tell whether one axis gets finer, rather than the two of a plane.

        Raises:
            SettingsError: With some scans it is one, with others two.
        """
        counts = {sum(f > 1 for f in coarse.factors_to(fine)) for coarse, fine in self.grids}
        if len(counts) != 1:
            raise SettingsError(
                "some scans would get finer along one axis, others along two; learn from each "
                "kind by itself"
            )
        return counts == {1}

    @property
    def plane(self) -> str:
        """The plane in which all scans get finer, or "any"."""
        planes = {slice_plane(coarse, fine) for coarse, fine in self.grids}
        return planes.pop() if len(planes) == 1 and "mixed" not in planes else "any"


def gather(
    cases: Sequence[Case | SeriesCase],
    *,
    factor: Sequence[float],
    register: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> Cohort:
    """Read every case, align its guide and cut it into slices.

    Args:
        cases: Files or series, from :mod:`crossres.datasets`.
        factor: Factor that the weights shall serve, as :func:`crossres.pairing.fine_grid` takes it.
        register: Whether to align the guides.
        seed: Of the registration.
        progress: Told (cases done, cases in all).

    Raises:
        CrossresError: A case that cannot be read or used; its name is in the message.
    """
    cohort = Cohort([], [], [], [])
    for number, case in enumerate(cases, start=1):
        try:
            _admit(cohort, case, factor, register, seed)
        except CrossresError as error:
            raise type(error)(f"case {case.name}: {error}") from error
        if progress is not None:
            progress(number, len(cases))
    return cohort


def _admit(
    cohort: Cohort, case: Case | SeriesCase, factor: Sequence[float], register: bool, seed: int
) -> None:
    """Add one case to the cohort."""
    scan, other = case.inputs
    target, notes = scan.load()
    fine = fine_grid(target.grid, factor=factor)
    guide, more = (None, []) if other is None else other.load()
    paired = pair_up(target, guide, fine, register=register, seed=seed)
    cohort.names.append(case.name)
    cut = plane_example if sum(f > 1 for f in target.grid.factors_to(fine)) == 1 else example_of
    cohort.examples.append(cut(paired.pair))
    cohort.grids.append((target.grid, fine))
    warnings = [*notes, *more, *paired.warnings]
    cohort.warnings.extend(f"{case.name}: {text}" for text in warnings)


def learn(
    cohort: Cohort,
    plan: Recipe,
    *,
    folder: Path,
    about: Mapping[str, object] | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> tuple[Cascade, list[list[float]]]:
    """Learn from the cohort, resuming where an earlier run of the same settings stopped.

    Args:
        cohort: Scans to learn from.
        plan: Network and regime.
        folder: Where checkpoints are kept; made if missing.
        about: What else tells this training from others, such as the files learned from.
        device: Where to compute.
        progress: Told (step, steps) of each stage that is trained.

    Returns:
        The cascade, and each trained stage's loss curve.

    Raises:
        SettingsError: The folder holds a training with other settings or other cases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = {"plan": essentials(plan), "factor": cohort.factor, "cases": cohort.names}
    _claim(folder, {**known, "simulated": len(cohort.simulated), **(about or {})})

    def make() -> nn.Module:
        return plan.make().to(device)

    examples, simulated = (
        [_moved(example, device) for example in given]
        for given in (cohort.examples, cohort.simulated)
    )
    return plan.regime.fit(make, examples, simulated=simulated, folder=folder, progress=progress)


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Write down whose checkpoints the folder keeps, or refuse those of another training."""
    record, text = folder / _RECORD, json.dumps(settings, indent=2)
    if not record.exists():
        with atomic(record) as temporary:
            temporary.write_text(text, encoding="utf-8")
    elif record.read_text(encoding="utf-8") != text:
        raise SettingsError(
            f"{folder} keeps the checkpoints of a training with other settings or cases; "
            "remove it, or give another --work folder"
        )


def _moved(example: Example, device: torch.device | str) -> Example:
    guide = None if example.guide is None else example.guide.to(device)
    return replace(example, target=example.target.to(device), guide=guide)


def card_of(
    cohort: Cohort,
    plan: Recipe,
    cascade: Cascade,
    curves: Curves,
    *,
    name: str,
    target: str,
    guide: str | None,
    data: str,
    command: str,
    licence: str = "not stated; ask the owner of the scans",
) -> WeightCard:
    """Write the card of weights just learned.

    Args:
        cohort: What they were learned from.
        plan: How.
        cascade: The networks.
        curves: Loss curves.
        name: Name of the weights.
        target: Contrast that they sharpen, such as "T2w".
        guide: Contrast of the guide, or None.
        data: Where the scans came from.
        command: What was typed.
        licence: Of the weights.
    """
    learning = plan.regime.learning
    training, spread = learning.training, learning.spread
    least = cascade.stage_factor if len(cascade.networks) == 1 else cohort.factor
    pseudo = isinstance(plan.regime, External) and plan.regime.pseudo_targets
    more = ["pseudo-targets made of them"] * pseudo + ["simulated heads"] * bool(cohort.simulated)
    beside = f"and {' and '.join(more)}" if more else "alone"
    last = {f"stage {n}": f"{curve[-1]:.5f}" for n, curve in enumerate(curves, start=1)}
    return WeightCard.model_validate(
        {
            "name": name,
            "description": f"{target} sharpened{f' with {guide}' if guide else ''}, learned from "
            f"{len(cohort.names)} low-resolution scans {beside}",
            "target": target,
            "guide": guide,
            "plane": cohort.plane,
            "network": plan.network,
            "network_settings": plan.settings,
            "networks": len(cascade.networks),
            "stage_factor": cascade.stage_factor,
            "sharpening": cascade.sharpening,
            "back_projection": asdict(cascade.back_projection),
            "factors": (
                min(least, cohort.factor) ** (1 - spread),
                max(least, cohort.factor) ** (1 + spread),
            ),
            "axes": cascade.axes,
            "spacing_mm": cohort.spacing_mm,
            "acquisition": _ACQUISITION.format(_DEGRADED[cascade.axes]),
            "data": data,
            "licence": licence,
            "commands": (command,),
            "seed": training.seed,
            "commit": f"crossres {metadata.version('crossres')}",
            "results": {f"{training.loss} loss at the end, {k}": v for k, v in last.items()},
        }
    )


def write_curve(curves: Curves, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the loss curve as CSV: stage, epoch, mean loss.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
    """
    with (
        atomic(path, overwrite=overwrite) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["stage", "epoch", "loss"])
        for stage, curve in enumerate(curves, start=1):
            rows.writerows([stage, epoch, loss] for epoch, loss in enumerate(curve, start=1))


def draw_curve(curves: Curves, path: str | Path, *, overwrite: bool = False) -> None:
    """Draw the loss curve as PNG, on a logarithmic scale.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = figure.add_subplot(xlabel="epoch", ylabel="mean loss", yscale="log")
    for stage, curve in enumerate(curves, start=1):
        axes.plot(range(1, len(curve) + 1), curve, label=f"stage {stage}")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    with atomic(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, format="png")
