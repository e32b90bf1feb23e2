"""Train a recipe on a set of scans, resuming where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from crossres.files import Json, json_text, locked, parse_json, read_json, write_json
from crossres.io import Case, Input, SeriesCase
from crossres.training import Fitted, Recipe
from crossres.training.identity import non_default
from crossres.types import FileFormatError, Progress, SettingsError
from crossres.workflows.train.training_set import TrainingSet

_RECORD, _CHECKPOINTS = "training.json", "*.pt"


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
        device: "auto", "cpu", "cuda", "cuda:0" and so on, or "mps".
        progress: Called with (step, steps) of each stage that is trained.

    Returns:
        The cascade, and each trained stage's loss curve.

    Raises:
        SettingsError: The folder holds a training with other settings or other scans, or a damaged
            one; or the device is absent.
        VolumeError: Nothing but background.
        TrainingError: The training has diverged.
        OutputWriteError: Another process trains in the folder, it is read-only, or the disk is
            full.
    """
    known = {"plan": non_default(plan), "factor": training_set.factor, "cases": training_set.names}
    settings = {**known, "simulated": len(training_set.simulated), **(inputs or {})}
    prepared = [non_default(each) for each in training_set.preparations]
    settings |= {"prepared": prepared} if any(prepared) else {}
    with locked(work), _claimed(work, settings):
        return plan.fit(
            training_set.examples, simulated=training_set.simulated, folder=work, device=device,
            progress=progress,
        )  # fmt: skip


def identify_inputs(cases: Sequence[Case | SeriesCase], *, registered: bool) -> dict[str, object]:
    """Return what identifies the scans of a training: the content of their files.

    Args:
        cases: The cases.
        registered: Whether guides are aligned.

    Returns:
        Entries of the record beside the checkpoints: the fingerprint of each scan, without the
        description of a DICOM series, which may name a patient.

    Raises:
        FileFormatError: A file is gone or cannot be read.
    """
    scans = [scan for case in cases for scan in case.inputs if scan is not None]
    return {"files": [_content(scan) for scan in scans], "registered": registered}


def _content(scan: Input) -> dict[str, object]:
    return {name: value for name, value in scan.fingerprint().items() if name != "series"}


@contextmanager
def _claimed(folder: Path, settings: Mapping[str, object]) -> Iterator[None]:
    """Record which training the checkpoints in a folder are of; refuse those of another.

    The record is removed if the block ends before the first checkpoint.
    """
    record = folder / _RECORD
    new = not record.exists()
    # Compared as it is read: JSON keeps neither tuples nor every integer.
    unlike = not new and _recorded(record) != parse_json(json_text(settings), _RECORD)
    if unlike or (new and any(folder.glob(_CHECKPOINTS))):
        raise SettingsError(
            f"{folder} keeps the checkpoints of a training with other settings or cases; remove "
            "it, or give another `work` folder"
        )
    if new:
        write_json(settings, record)
    try:
        yield
    finally:
        if new and not any(folder.glob(_CHECKPOINTS)):
            record.unlink(missing_ok=True)


def _recorded(record: Path) -> Json:
    try:
        return read_json(record)
    except FileFormatError as error:
        raise SettingsError(
            f"{record} is damaged; remove it and the checkpoints beside it to train from the "
            "start, or give another `work` folder"
        ) from error
