"""The report about one enhanced scan."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from crossres.inference import Enhanced
from crossres.inference.noise import noise_description
from crossres.physics import Acquisition, project
from crossres.physics.volumes import as_batch
from crossres.registration import Inside, RigidTransform, resample
from crossres.report import (
    Plane,
    Report,
    Slice,
    comparison,
    histogram_picture,
    informative_fractions,
    layers,
    overlay_picture,
    profile_picture,
    residual,
    residual_picture,
    slice_panel,
)
from crossres.volume import Grid, Pair, Volume
from crossres.workflows.enhance.result import EnhancedFiles
from crossres.workflows.enhance.sidecar import Slices, reason_of, slices_of

INTERPOLATED = "interpolated (cubic)"
"""Name of the baseline in pictures."""

Places = Mapping[Plane, tuple[float, ...]]
"""Fractions of the field of view at which each plane is cut."""


def report_of(done: EnhancedFiles) -> Report:
    """Return pictures and numbers for the report.

    Args:
        done: The result.

    Returns:
        The content, for :func:`crossres.report.write_report`.
    """
    enhanced = done.enhanced
    places = informative_fractions(enhanced.result.volume)
    middle = places["axial"][len(places["axial"]) // 2]
    panels = _panels(enhanced, "axial", middle)
    more = f" and {len(enhanced.scans) - 1} more" if enhanced.scans else ""
    finer = " x ".join(f"{f:.3g}" for f in enhanced.factors)
    return Report(
        title=f"{done.inputs['target'].name}{more}, {finer} finer",
        summary=_summary(done),
        consistency=enhanced.consistency,
        measured_share=measured_share(enhanced.pair, enhanced.result.volume),
        warnings=enhanced.warnings,
        figures={**_slices(enhanced, places), **_checks(enhanced, places)},
        layers=layers({name: panels[name] for name in panels if name != "input"}),
        layer_edges=panels["result"].edges,
        metadata=done.sidecar,
    )


def use_of_guide(enhanced: Enhanced) -> str:
    """Return in words how the guide was aligned, and to which power its intensities were raised.

    Args:
        enhanced: The result.

    Returns:
        A phrase, such as "already aligned; intensities raised to the power 0.7".
    """
    power = min(done.choice.candidate.cascade.guide_power for done in enhanced.passes)
    brighter = f"; intensities raised to the power {power:g}" if power < 1 else ""
    return motion(enhanced) + brighter


def motion(enhanced: Enhanced) -> str:
    """Return in words how the guide was aligned.

    Args:
        enhanced: The result.

    Returns:
        A phrase, such as "moved by 1.20 mm, 0.84 degrees", with the residual inside the head.
    """
    aligned = enhanced.aligned
    if aligned.pair.guide is None:
        return "none"
    if enhanced.guide_left_out:
        return "left out: it does not fit"
    if aligned.given is not None:
        mean, angle = aligned.given.displacement(enhanced.pair.fine)[0], aligned.given.angle_degrees
        return f"moved by the given transform: {mean:.2f} mm, {angle:.2f} degrees"
    if aligned.registration is None:
        return "not registered: its header was trusted"
    found = aligned.registration
    inside = found.inside
    if found.transform.is_identity:
        return f"already aligned{_residual(inside)}"
    mean = (
        found.transform.displacement(enhanced.pair.fine)[0] if inside is None else inside.moved_mm
    )
    rim = ", except for the rim of the mask that it shares with the scan" * aligned.rim_kept
    angle = found.transform.angle_degrees
    return f"moved by {mean:.2f} mm, {angle:.2f} degrees{rim}{_residual(inside)}"


def _residual(inside: Inside | None) -> str:
    """Return the estimate of the displacement that remains, with its standard error."""
    if inside is None:
        return ""
    left = f"; {inside.residual_mm:.2f} mm left inside the head" * (inside.residual_mm > 0)
    return f"{left}; standard error {inside.uncertainty_mm:.2f} mm"


def _slices(done: Enhanced, places: Places) -> dict[str, bytes]:
    """Draw slices in every plane, with differences to interpolation."""
    return {
        f"{plane}, {fraction:.0%} of the field of view": comparison(
            _panels(done, plane, fraction), difference_to=INTERPOLATED
        )
        for plane, fractions in places.items()
        for fraction in fractions
    }


def _checks(done: Enhanced, places: Places) -> dict[str, bytes]:
    """Draw the checks of the result: residual, registration, intensities, profile."""
    middle = {plane: fractions[len(fractions) // 2] for plane, fractions in places.items()}
    scan, result = done.pair.target, done.result
    contrast = {"input": scan, INTERPOLATED: result.interpolated, "result": result.volume}
    left = residual(done.pair, result.volume)
    return {
        "residual: the result acquired again, minus the scan": residual_picture(left, scan, middle),
        **_registration(done, middle),
        "intensities": histogram_picture(contrast),
        "profile along a line through the detail of the axial slice": profile_picture(
            contrast, "axial", middle["axial"]
        ),
    }


def _registration(done: Enhanced, middle: Mapping[Plane, float]) -> dict[str, bytes]:
    """Draw the guide's edges over the scan, before and after it was moved, in two planes."""
    guide, unmoved = done.pair.guide, done.aligned.unmoved
    if guide is None or unmoved is None:
        return {}
    before = resample(unmoved, done.pair.fine, RigidTransform.identity())
    guides = {"by its header": before, "as it was used": guide}
    return {
        f"guide's edges over the scan, {plane}": overlay_picture(
            done.pair.target, guides, plane, middle[plane]
        )
        for plane in ("axial", "sagittal")
    }


def _panels(done: Enhanced, plane: Plane, fraction: float) -> dict[str, Slice]:
    """Cut input, interpolation, result and guide at one position."""
    volumes: dict[str, Volume] = {
        "input": done.pair.target,
        INTERPOLATED: done.result.interpolated,
        "result": done.result.volume,
    }
    if done.pair.guide is not None:
        volumes["guide"] = done.pair.guide
    return slice_panel(volumes, plane, fraction=fraction)


def _summary(files: EnhancedFiles) -> dict[str, str]:
    done = files.enhanced
    grids = {"input": done.aligned.pair.target.grid, "result": done.pair.fine}
    sizes = {
        name: f"{' x '.join(map(str, g.shape))} voxels of "
        f"{' x '.join(f'{d:.3g}' for d in g.spacing)} mm"
        for name, g in grids.items()
    }
    reasons = ", then ".join(reason_of(one.choice.candidate) for one in done.passes)
    slices = slices_of(files.request, files.inputs["target"], grids["input"])
    return {
        **sizes, "slices": slices_description(slices), "noise": noise_description(done.noise),
        **_resolution(done), **_plane_profile(done.pair.target.grid),
        "guide": use_of_guide(done),
        "weights": done.weights, "choice of weights": reasons,
        **{f"scan {n}": scan.description for n, scan in enumerate(done.scans, start=1)},
    }  # fmt: skip


def _resolution(done: Enhanced) -> dict[str, str]:
    """Return what the target resolves, where its spectrum shows it."""
    known = {"ijk"[a]: each for a, each in enumerate(done.resolution) if each is not None}
    texts = [f"{axis} {each.description}" for axis, each in known.items()]
    return {"resolution found": ", ".join(texts)} if texts else {}


def _plane_profile(grid: Grid) -> dict[str, str]:
    """Return that the scan counts as truncated k-space, where it does."""
    axes = [a for a, one in zip("ijk", grid.profiles, strict=True) if one.shape == "band-limited"]
    return {"voxels": f"band-limited along {', '.join(axes)} (truncated k-space)"} if axes else {}


def slices_description(slices: Slices) -> str:
    """Describe the thickness of the target's slices, their distance and its source.

    Args:
        slices: From :func:`crossres.workflows.enhance.sidecar.slices_of`.

    Returns:
        A phrase, such as "3 mm thick, 4 mm apart along k (DICOM header)".
    """
    shape = "" if slices["profile"] == "gaussian" else f", profile {slices['profile']}"
    return (
        f"{slices['thickness_mm']:.3g} mm thick, {slices['distance_mm']:.3g} mm apart along "
        f"{slices['axis']}{shape} ({slices['source']})"
    )


def measured_share(pair: Pair, estimate: Volume) -> float:
    """Return the share of the estimate's energy that the acquisition measures.

    ||P x^||^2 / ||x^||^2 with P = A^T (A A^T)^-1 A, the projection onto the row space of A; the
    rest was added by the network.

    Args:
        pair: Target and fine grid.
        estimate: x^ on the fine grid.

    Returns:
        0 to 1.
    """
    acquisition = Acquisition(pair.fine, pair.target.grid)
    x = as_batch(estimate)
    seen = project(acquisition, torch.zeros_like(x), acquisition.forward(x), 0.0)
    return float(seen.square().sum() / x.square().sum().clamp_min(1e-30))
