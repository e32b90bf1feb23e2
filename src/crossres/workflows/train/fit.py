"""Train a recipe on a set of scans, resuming where an earlier run stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossres.files import atomic
from crossres.io import Case, SeriesCase
from crossres.training import Fitted, Recipe
from crossres.training.identity import non_default
from crossres.types import Progress, SettingsError
from crossres.workflows.train.training_set import TrainingSet

_RECORD = "training.json"


def fit_recipe(
    training_set: TrainingSet,
    plan: Recipe,
    *,
    work: Path,
    inputs: Mapping[str, object] | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Fitted:
    """Train a recipe, resuming where an earlier run with the same settings stopped.

    Args:
        training_set: The scans.
        plan: Network and regime.
        work: Folder of the checkpoints; made if missing.
        inputs: What else identifies this training, such as the result of :func:`identify_inputs`.
        device: "auto", "cpu", "cuda", or "cuda:0" and so on.
        progress: Called with (step, steps) of each stage that is trained.

    Returns:
        The cascade, and each trained stage's loss curve.

    Raises:
        SettingsError: The folder holds a training with other settings or other cases, or the device
            is absent.
        VolumeError: Nothing but background.
        OutputWriteError: The folder is read-only, or the disk is full.
    """
    work.mkdir(parents=True, exist_ok=True)
    known = {"plan": non_default(plan), "factor": training_set.factor, "cases": training_set.names}
    _claim(work, {**known, "simulated": len(training_set.simulated), **(inputs or {})})
    return plan.fit(
        training_set.examples, simulated=training_set.simulated, folder=work, device=device,
        progress=progress,
    )  # fmt: skip


def identify_inputs(cases: Sequence[Case | SeriesCase], *, registered: bool) -> dict[str, object]:
    """Return what identifies the scans of a training: the names and sizes of their files.

    Args:
        cases: The cases.
        registered: Whether guides are aligned.

    Returns:
        Entries of the record beside the checkpoints.

    Raises:
        OSError: A file is gone.
    """
    scans = [scan for case in cases for scan in case.inputs if scan is not None]
    return {"files": [scan.size() for scan in scans], "registered": registered}


def _claim(folder: Path, settings: dict[str, Any]) -> None:
    """Record which training the checkpoints in a folder are of; refuse those of another."""
    record, text = folder / _RECORD, json.dumps(settings, indent=2)
    if not record.exists():
        with atomic(record) as temporary:
            temporary.write_text(text, encoding="utf-8")
    elif record.read_text(encoding="utf-8") != text:
        raise SettingsError(
            f"{folder} keeps the checkpoints of a training with other settings or cases; remove "
            "it, or give another `work` folder"
        )
