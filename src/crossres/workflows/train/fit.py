"""Train on a set of scans, resuming where an earlier run stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from crossres.files import atomic
from crossres.inference import Cascade, Example
from crossres.training import Recipe
from crossres.training.identity import non_default
from crossres.types import Progress, SettingsError
from crossres.workflows.train.training_set import TrainingSet

_RECORD = "training.json"


def learn(
    cohort: TrainingSet,
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
    known = {"plan": non_default(plan), "factor": cohort.factor, "cases": cohort.names}
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
