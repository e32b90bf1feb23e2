"""The JSON sidecar of an enhanced scan: inputs, settings, weights, registration, consistency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, TypedDict

from crossres.inference import Candidate, Enhanced
from crossres.inference.device import on_device
from crossres.inference.enhanced import Pass
from crossres.inference.noise import needs_denoising
from crossres.io import Input
from crossres.report import (
    Inferred,
    checks_of,
    guide_motion,
    measure_inferred,
    sidecar,
    verdict_of,
)
from crossres.volume import Grid, slice_axis
from crossres.weights.choose import WeightsCandidate
from crossres.workflows.enhance.methods import REFERENCES, methods_text
from crossres.workflows.enhance.request import Request

SCAN = "scan_"
"""Role of a further scan among the inputs, before its number."""
_OF_THE_ONLY_PASS = (
    "weights_sha256", "weights_reason", "weights_unguided", "self_validation_gain_db",
    "guide_power",
)  # fmt: skip


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
    checks, inferred = checks_of(enhanced), _inferred(enhanced)
    return {
        **_common(request, inputs, enhanced),
        "verdict": asdict(verdict_of(enhanced, checks)),
        "checks": [asdict(check) for check in checks],
        "measured_and_inferred": None if inferred is None else asdict(inferred),
        "methods": methods_text(request, inputs, enhanced, inferred),
        "references": REFERENCES,
        **({name: passes[0][name] for name in _OF_THE_ONLY_PASS} if len(passes) == 1 else {}),
        "passes": passes,
        "guide_left_out": enhanced.guide_left_out,
        "grids": _grids(enhanced),
        "slices": slices_of(request, inputs["target"], pair.target.grid),
        "background": _backgrounds(enhanced),
        "resolution": {
            axis: None if found is None else asdict(found)
            for axis, found in zip("ijk", enhanced.resolution, strict=True)
        },
        "plane_profile": enhanced.plane_profile.entry,
        "noise": {**asdict(enhanced.noise), "denoised": needs_denoising(enhanced.noise)},
        "registration": _registration(enhanced),
        "transform": _given(enhanced),
        "scans": _scans(inputs, enhanced),
    }


def _inferred(enhanced: Enhanced) -> Inferred | None:
    """Return what is determined by the scan; of several scans that is not one of them."""
    if enhanced.scans:
        return None
    result, noise = enhanced.result, enhanced.noise.deviation
    return measure_inferred(enhanced.pair, result.volume, result.interpolated, noise=noise)


def _registration(enhanced: Enhanced) -> dict[str, object] | None:
    found, moved = enhanced.aligned.registration, guide_motion(enhanced.aligned)
    if found is None or moved is None:
        return None
    return {**asdict(moved), **found.to_dict(), "rim_kept": enhanced.aligned.rim_kept}


def _given(enhanced: Enhanced) -> dict[str, object] | None:
    given, moved = enhanced.aligned.given, guide_motion(enhanced.aligned)
    return None if given is None or moved is None else {**asdict(moved), **given.to_dict()}


def _scans(inputs: Mapping[str, Input], enhanced: Enhanced) -> list[dict[str, object]]:
    """Return what became of each of several scans; nothing of a single one."""
    files = [found for role, found in inputs.items() if role == "target" or role.startswith(SCAN)]
    return [
        {**file.fingerprint(), **scan.to_dict()}
        for file, scan in zip(files, enhanced.scans, strict=bool(enhanced.scans))
    ]


def _common(
    request: Request, inputs: Mapping[str, Input], enhanced: Enhanced
) -> Mapping[str, object]:
    resolved = replace(request, settings=on_device(request.settings))
    return sidecar(
        inputs=inputs,
        settings=resolved.recorded(enhanced.passes[0].back_projection),
        weights=enhanced.weights,
        factors=enhanced.factors,
        consistency=enhanced.consistency,
        timings=enhanced.timings,
        warnings=enhanced.warnings,
    )


def _pass(done: Pass, enhanced: Enhanced) -> dict[str, Any]:
    choice, errors = done.choice, done.result.consistency
    unguided = None
    if (other := choice.unguided) is not None:
        unguided = {"name": other.name, "sha256": _checksum(other)}
    return {
        "weights": choice.candidate.name,
        "weights_sha256": _checksum(choice.candidate),
        "weights_reason": reason_of(choice.candidate),
        "weights_unguided": unguided,
        "factors": done.factors,
        "self_validation_gain_db": choice.gains,
        "guide_power": None if done.pair.guide is None else choice.candidate.cascade.guide_power,
        "guide_left_out": enhanced.aligned.pair.guide is not None and done.pair.guide is None,
        "consistency": {
            "interpolation": errors.interpolation,
            "result": errors.result,
            "at_bounds": errors.at_bounds,
        },
    }


def _checksum(candidate: Candidate) -> str | None:
    """Return the checksum of the weights' file; None for networks that came from no file."""
    return candidate.sha256 if isinstance(candidate, WeightsCandidate) else None


def reason_of(candidate: Candidate) -> str:
    """Return why these networks served a pass.

    Args:
        candidate: The networks.

    Returns:
        A phrase.
    """
    return candidate.reason if isinstance(candidate, WeightsCandidate) else "given by the user"


def _backgrounds(enhanced: Enhanced) -> dict[str, object]:
    """Return the intensities of air and padding in each scan."""
    guide = enhanced.aligned.guide_background
    both = {
        "target": enhanced.background,
        **({"guide": guide} if enhanced.aligned.pair.guide else {}),
    }
    return {role: {"air": one.air, "padding": one.padding} for role, one in both.items()}


class Slices(TypedDict):
    """The slices of a target."""

    axis: str
    thickness_mm: float
    distance_mm: float
    profile: str
    source: str


def slices_of(request: Request, target: Input, grid: Grid) -> Slices:
    """Return the thickness of the target's slices, their distance, and where it was stated.

    Args:
        request: The request.
        target: The scan.
        grid: Its grid.

    Returns:
        ``axis`` (i, j or k), ``thickness_mm``, ``distance_mm``, ``profile`` and ``source``.
    """
    axis, source = slice_axis(grid), "assumed to be the distance"
    if request.settings.slice_thickness is not None:
        source = "given by the user"
    elif request.settings.slice_profile == "measured":
        source = "measured from spectra"
    elif target.slices.holds_on(grid):
        axis, source = target.slices.axis_on(grid), target.slices.source
    return {
        "axis": "ijk"[axis],
        "thickness_mm": grid.fwhm[axis],
        "distance_mm": grid.spacing[axis],
        "profile": grid.profiles[axis].shape,
        "source": source,
    }


def _grids(enhanced: Enhanced) -> dict[str, object]:
    """Return the grids of scan and result, and of the acquired samples of a zero-filled scan."""
    read, used = enhanced.aligned.pair.target.grid, enhanced.pair.target.grid
    known = read if used.shape != read.shape else used
    acquired = {"acquired": _grid(used)} if known is read else {}
    return {"target": _grid(known), **acquired, "result": _grid(enhanced.pair.fine)}


def _grid(grid: Grid) -> dict[str, object]:
    return {
        "shape": grid.shape, "spacing_mm": grid.spacing, "affine": grid.affine,
        "profiles": [one.shape for one in grid.profiles],
    }  # fmt: skip
