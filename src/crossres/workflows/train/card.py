"""The card of weights that were trained here."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path

from crossres.files import escaped
from crossres.inference import Cascade
from crossres.training import PatchTraining, Recipe, loss_name
from crossres.weights import WeightCard
from crossres.weights.card import ANY
from crossres.workflows.train.curves import Curves
from crossres.workflows.train.preparation import preparation_counts
from crossres.workflows.train.training_set import TrainingSet

_ACQUISITION = (
    "Gaussian slice profile, FWHM = {}coarse voxel size, voxel edges shared; in training {} "
    "degraded by the stage factor"
)
_PRIVATE = ("--target-series", "--guide-series", "--work")
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
        version: Version of the weights, from 1.
        changes: What changed since the version before.
        population: Whose scans the weights were trained on.
    """

    name: str
    target: str
    guide: str | None
    data: str
    command: str
    licence: str = "not stated; ask the owner of the scans"
    version: int = 1
    changes: str = ""
    population: str = "not stated"


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
            "version": entries.version,
            "changes": entries.changes,
            "description": _description(training_set, plan, entries),
            "target": entries.target,
            "guide": entries.guide,
            "plane": training_set.plane,
            **_network_entries(plan, cascade),
            "acquisition": _acquisition(plan.regime.learning, training_set),
            "factors": _factors(training_set, plan, cascade),
            "spacing_mm": _spacings(training_set, plan),
            "data": escaped(entries.data),
            "population": entries.population,
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
    }


def _acquisition(learning: PatchTraining, training_set: TrainingSet) -> str:
    least, most = learning.profile
    widths = "" if least == most == 1 else f"{least:g} to {most:g} of the "
    noise = " to ".join(f"{100 * share:g}" for share in learning.added_noise)
    parts = [
        _ACQUISITION.format(widths, _DEGRADED[learning.axes]),
        f"noise of {noise} % of the intensity scale added" * any(learning.added_noise),
        preparation_counts(training_set.preparations),
    ]
    return ", ".join(part for part in parts if part)


def _description(training_set: TrainingSet, plan: Recipe, entries: CardEntries) -> str:
    others = [*plan.regime.sources, *["simulated heads"] * bool(training_set.simulated)]
    words = {ANY: "any contrast"}
    target = words.get(entries.target, entries.target)
    guided = f" with {words.get(entries.guide, entries.guide)}" if entries.guide else ""
    besides = f"and {' and '.join(others)}" if others else "alone"
    return (
        f"{target} enhanced{guided}, trained on {len(training_set.names)} "
        f"low-resolution scans {besides}"
    )


def _factors(training_set: TrainingSet, plan: Recipe, cascade: Cascade) -> tuple[float, float]:
    """Return the range of total factors that the networks were trained for."""
    total, spread = training_set.factor, plan.regime.learning.spread
    least = cascade.stage_factor if len(cascade.networks) == 1 else total
    return min(least, total) ** (1 - spread), max(least, total) ** (1 + spread)


def _spacings(training_set: TrainingSet, plan: Recipe) -> tuple[float, float]:
    """Return the range of spacings that were seen: across slices all factors are simulated."""
    least, most = training_set.spacing_mm
    spread = training_set.factor**plan.regime.learning.spread if training_set.across else 1.0
    return least / spread, most * spread


def command_without_folders(words: Sequence[str], scans: Path) -> str:
    """Return a command that can be passed on: cards are, and folders and series may name patients.

    Args:
        words: The program and its arguments.
        scans: The folder of the scans, one of the arguments.

    Returns:
        The command, quoted for a shell: of files only the name, ``SCANS`` for the folder, and an
        ellipsis for the folder of checkpoints and the series.

    Example:
        >>> words = ["crossres", "train", "/home/x/me", "--target-series", "1.2.3", "-o", "/x/w.st"]
        >>> command_without_folders(words, Path("/home/x/me"))
        'crossres train SCANS --target-series ... -o w.st'
    """
    return " ".join(_shareable(before, word, scans) for before, word in pairwise(["", *words]))


def _shareable(before: str, word: str, scans: Path) -> str:
    """Return one word of a command, quoted; ``before`` is the word before it."""
    option, sign, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if before in _PRIVATE:
        return "..."
    if sign and option in _PRIVATE:
        return f"{option}=..."
    if not option and Path(word) == scans:
        return "SCANS"
    if option and not sign:
        return option
    return shlex.quote(escaped(f"{option}{sign}{Path(value).name or value}"))
