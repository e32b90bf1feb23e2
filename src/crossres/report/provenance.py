"""The sidecar: what went in, what was done with which versions, and how well it agrees."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crossres.io import Input
from crossres.io.files import atomic
from crossres.types import Triple

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_VERSIONED = ("crossres", "torch", "numpy")


def versions() -> dict[str, str]:
    """Return the versions of crossres, Python, torch and numpy, without importing any of them."""
    installed = {name: metadata.version(name) for name in _VERSIONED}
    return {**installed, "python": platform.python_version(), "platform": platform.platform()}


def sidecar(
    *,
    inputs: Mapping[str, str | Path | Input],
    settings: Mapping[str, object],
    weights: str | None,
    factors: Triple,
    consistency_before: float,
    consistency_after: float,
    timings: Mapping[str, float],
    warnings: Sequence[str] = (),
) -> dict[str, Json]:
    """Gather what someone needs to judge a result, or to make it again.

    Inputs are named by file name (DICOM series by their description) and checksum only: the folders
    of a hospital's disk often hold the patient's name.

    Args:
        inputs: Files or scans read, by role (``"target"``, ``"guide"``).
        settings: The settings used, nested as they come.
        weights: Name on the weights' card; None if none were used.
        factors: Fine voxels per coarse voxel along i, j, k.
        consistency_before: ||A U y - y|| / ||y||, of cubic up-sampling.
        consistency_after: ||A x^ - y|| / ||y||, of the result.
        timings: Seconds by step.
        warnings: What the user was warned of.

    Returns:
        Plain JSON values, as :func:`write_json` takes them.

    Raises:
        FileFormatError: An input that cannot be read.
    """
    content = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": {role: _fingerprint(source) for role, source in inputs.items()},
        "weights": weights,
        "factors": factors,
        "consistency": {"interpolation": consistency_before, "result": consistency_after},
        "warnings": warnings,
        "settings": settings,
        "timings_seconds": timings,
        "versions": versions(),
    }
    return {name: plain(value) for name, value in content.items()}


def _fingerprint(source: str | Path | Input) -> dict[str, object]:
    scan = source if isinstance(source, Input) else Input(Path(source))
    return scan.fingerprint()


def plain(value: object) -> Json:
    """Turn a value into what JSON can hold.

    Args:
        value: Numbers (NumPy's too), text, paths, mappings and sequences of them.

    Returns:
        The same as dictionaries, lists and plain numbers; nan as None, inf as ``"inf"``.

    Raises:
        TypeError: Anything else.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence | set | np.ndarray):
        return [plain(item) for item in value]
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def write_json(content: Mapping[str, object], path: str | Path, *, overwrite: bool = False) -> None:
    """Write a dictionary as indented JSON, in full or not at all.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
