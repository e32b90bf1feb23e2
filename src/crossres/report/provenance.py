"""Provenance of a result: inputs, settings, versions, data consistency."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from crossres.files.json_file import Json, plain
from crossres.io import Input
from crossres.physics import Consistency
from crossres.types import Triple

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
    consistency: Consistency,
    timings: Mapping[str, float],
    warnings: Sequence[str] = (),
) -> dict[str, Json]:
    """Return what is needed to judge a result, or to reproduce it.

    Inputs are named by file name (DICOM series by their description) and checksum only: the folders
    of a hospital's disk often hold the patient's name.

    Args:
        inputs: Files or scans read, by role (``"target"``, ``"guide"``).
        settings: The settings used, nested as they come.
        weights: Name on the weights' card; None if none were used.
        factors: Fine voxels per coarse voxel along i, j, k.
        consistency: Data-consistency errors of cubic up-sampling and of the result.
        timings: Seconds by step.
        warnings: One sentence each.

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
        "consistency": asdict(consistency),
        "warnings": warnings,
        "settings": settings,
        "timings_seconds": timings,
        "versions": versions(),
    }
    return {name: plain(value) for name, value in content.items()}


def _fingerprint(source: str | Path | Input) -> dict[str, object]:
    scan = source if isinstance(source, Input) else Input(Path(source))
    return scan.fingerprint()
