"""The card of weights that were trained here."""

from __future__ import annotations

from dataclasses import asdict
from importlib import metadata

from crossres.inference import Cascade
from crossres.training import External, Recipe
from crossres.weights import WeightCard
from crossres.workflows.train.curves import Curves
from crossres.workflows.train.training_set import TrainingSet

_ACQUISITION = (
    "Gaussian slice profile, FWHM = coarse voxel size, voxel edges shared; in training {} "
    "degraded by the stage factor"
)


_DEGRADED = {1: "one axis of a slice is", 2: "both axes of the plane are"}


def weight_card(
    cohort: TrainingSet,
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
            "sharpening": cascade.deblur_noise,
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
