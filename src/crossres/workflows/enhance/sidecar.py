"""The JSON sidecar of an enhanced scan: inputs, settings, weights, registration, consistency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossres.files import sha256
from crossres.inference import Candidate, Enhanced
from crossres.inference.method import Pass
from crossres.io import Input
from crossres.report import sidecar
from crossres.volume import Grid
from crossres.weights.choose import WeightsCandidate
from crossres.weights.store import weights_path
from crossres.workflows.enhance.request import Request

_OF_THE_ONLY_PASS = ("weights_sha256", "weights_unguided", "self_validation_gain_db")


def sidecar_of(
    request: Request, inputs: Mapping[str, Input], enhanced: Enhanced
) -> dict[str, object]:
    """Return the content of the JSON file beside a result.

    Args:
        request: The request.
        inputs: The scans by role.
        enhanced: The result.

    Returns:
        Plain JSON values.

    Raises:
        FileFormatError: An input cannot be read again for its checksum.
    """
    pair, passes = enhanced.pair, [_pass(done, enhanced) for done in enhanced.passes]
    return {
        **_common(request, inputs, enhanced),
        **({name: passes[0][name] for name in _OF_THE_ONLY_PASS} if len(passes) == 1 else {}),
        "passes": passes,
        "guide_left_out": enhanced.guide_left_out,
        "grids": {"target": _grid(pair.target.grid), "result": _grid(pair.fine)},
        "registration": _registration(enhanced),
    }


def _common(
    request: Request, inputs: Mapping[str, Input], enhanced: Enhanced
) -> Mapping[str, object]:
    resolved = replace(request, settings=request.settings.on_device())
    return sidecar(
        inputs=inputs,
        settings=resolved.recorded(enhanced.passes[0].back_projection),
        weights=enhanced.weights,
        factors=enhanced.pair.target.grid.factors_to(enhanced.pair.fine),
        consistency=enhanced.consistency,
        timings=enhanced.timings,
        warnings=enhanced.warnings,
    )


def _pass(done: Pass, enhanced: Enhanced) -> dict[str, Any]:
    choice, errors = done.choice, done.result.consistency
    other = choice.unguided
    return {
        "weights": choice.candidate.name,
        "weights_sha256": _checksum(choice.candidate),
        "weights_unguided": None if other is None else _named(other),
        "factors": done.factors,
        "self_validation_gain_db": choice.gains,
        "guide_left_out": enhanced.aligned.pair.guide is not None and done.pair.guide is None,
        "consistency": {"interpolation": errors.interpolation, "result": errors.result},
    }


def _named(candidate: Candidate) -> dict[str, str | None]:
    weights = candidate.weights if isinstance(candidate, WeightsCandidate) else candidate.name
    return {"name": weights, "sha256": _checksum(candidate)}


def _checksum(candidate: Candidate) -> str | None:
    """Return the checksum of the weights' file; None for networks that came from no file."""
    if not isinstance(candidate, WeightsCandidate):
        return None
    return sha256(weights_path(candidate.weights))


def _grid(grid: Grid) -> dict[str, object]:
    return {"shape": grid.shape, "spacing_mm": grid.spacing, "affine": grid.affine}


def _registration(enhanced: Enhanced) -> dict[str, object] | None:
    found = enhanced.aligned.registration
    if found is None:
        return None
    return {**found.to_dict(), "rim_kept": enhanced.aligned.rim_kept}
