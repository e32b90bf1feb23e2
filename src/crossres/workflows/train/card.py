"""The card of weights that were trained here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from crossres.files import escaped
from crossres.inference import Cascade
from crossres.training import Recipe, loss_name
from crossres.weights import WeightCard
from crossres.workflows.train.curves import Curves
from crossres.workflows.train.training_set import TrainingSet

_ACQUISITION = (
    "Gaussian slice profile, FWHM = coarse voxel size, voxel edges shared; in training {} "
    "degraded by the stage factor"
)
_DEGRADED = {1: "one axis of a slice is", 2: "both axes of the plane are"}


@dataclass(frozen=True)
class CardEntries:
    """Entries of a weight card that do not follow from the training.

    Args:
        name: Name of the weights.
        target: Contrast that they enhance, as BIDS writes it (T2w).
        guide: Contrast of the guide, or None.
        data: Where the scans came from.
        command: The command that made them.
        licence: Licence of the weights.
    """

    name: str
    target: str
    guide: str | None
    data: str
    command: str
    licence: str = "not stated; ask the owner of the scans"


def weight_card(
    training_set: TrainingSet, plan: Recipe, cascade: Cascade, curves: Curves, entries: CardEntries
) -> WeightCard:
    """Return the card of weights that were just trained.

    Args:
        training_set: The scans that they were trained on.
        plan: Network and regime.
        cascade: The networks.
        curves: Loss curves.
        entries: What does not follow from the training.

    Returns:
        The card.
    """
    training = plan.regime.learning.training
    return WeightCard.model_validate(
        {
            "name": escaped(entries.name),
            "description": _description(training_set, plan, entries),
            "target": entries.target,
            "guide": entries.guide,
            "plane": training_set.plane,
            **_network_entries(plan, cascade),
            "factors": _factors(training_set, plan, cascade),
            "spacing_mm": training_set.spacing_mm,
            "data": entries.data,
            "licence": entries.licence,
            "commands": (escaped(entries.command),),
            "seed": training.seed,
            "commit": f"crossres {metadata.version('crossres')}",
            "results": {
                f"{loss_name(training.loss)} loss at the end, stage {n}": f"{curve[-1]:.5f}"
                for n, curve in enumerate(curves, start=1)
            },
        }
    )


def _network_entries(plan: Recipe, cascade: Cascade) -> dict[str, object]:
    return {
        "network": plan.network_name,
        "network_settings": plan.settings,
        "networks": len(cascade.networks),
        "stage_factor": cascade.stage_factor,
        "deblur_noise": cascade.deblur_noise,
        "back_projection": asdict(cascade.back_projection),
        "axes": cascade.axes,
        "acquisition": _ACQUISITION.format(_DEGRADED[cascade.axes]),
    }


def _description(training_set: TrainingSet, plan: Recipe, entries: CardEntries) -> str:
    others = [*plan.regime.sources, *["simulated heads"] * bool(training_set.simulated)]
    guided = f" with {entries.guide}" if entries.guide else ""
    besides = f"and {' and '.join(others)}" if others else "alone"
    return (
        f"{entries.target} enhanced{guided}, trained on {len(training_set.names)} "
        f"low-resolution scans {besides}"
    )


def _factors(training_set: TrainingSet, plan: Recipe, cascade: Cascade) -> tuple[float, float]:
    """Return the range of total factors that the networks were trained for."""
    total, spread = training_set.factor, plan.regime.learning.spread
    least = cascade.stage_factor if len(cascade.networks) == 1 else total
    return min(least, total) ** (1 - spread), max(least, total) ** (1 + spread)


def command_without_identifiers(words: Sequence[str]) -> str:
    """Return a command without what may name a patient: cards are passed on.

    Args:
        words: The program and its arguments.

    Returns:
        The command, quoted for a shell: FOLDER for a folder, UID for the UID of a series or its
        end, and files without their folders.

    Example:
        >>> command_without_identifiers(["crossres", "train", "/tmp", "-o", "/home/x/w.st"])
        'crossres train FOLDER -o w.st'
    """
    cleaned = [
        f"{option}{sign}{_without_identifiers(option or before, value)}"
        for before, (option, sign, value) in zip(
            ["", *words], (word.rpartition("=") for word in words), strict=False
        )
    ]
    return shlex.join(cleaned)


def _without_identifiers(option: str, value: str) -> str:
    if option.endswith("-series") and re.fullmatch(r"[\d.]+", value):
        return "UID"
    return "FOLDER" if Path(value).is_dir() else Path(value).name or value
