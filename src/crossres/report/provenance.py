"""Provenance of a result: inputs, settings, versions, data consistency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from crossres.files.json_file import Json, plain
from crossres.io import Input
from crossres.physics import Consistency
from crossres.report.software import versions
from crossres.types import Triple


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

    Inputs are named by file name (DICOM series by their description) and checksum only, since the
    folders of a clinical archive often contain the patient's name.

    Args:
        inputs: Files or scans by role (``"target"``, ``"guide"``).
        settings: The settings used, nested as they come.
        weights: Name on the weights' card; None without weights.
        factors: Fine voxels per coarse voxel along i, j, k.
        consistency: Data-consistency errors of cubic interpolation and of the result.
        timings: Seconds by step.
        warnings: One sentence each.

    Returns:
        Plain JSON values, as :func:`crossres.files.write_json` takes them.

    Raises:
        FileFormatError: An input that cannot be read.
    """
    scans = {role: s if isinstance(s, Input) else Input(Path(s)) for role, s in inputs.items()}
    content = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": {role: scan.fingerprint() for role, scan in scans.items()},
        "weights": weights,
        "factors": factors,
        "consistency": asdict(consistency),
        "warnings": warnings,
        "settings": settings,
        "timings_seconds": timings,
        "versions": versions(),
    }
    return {name: plain(value) for name, value in content.items()}
