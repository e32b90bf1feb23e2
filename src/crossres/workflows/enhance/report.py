"""The report about one enhanced scan."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crossres.inference import Enhanced
from crossres.inference.noise import noise_description
from crossres.registration import Inside, RigidTransform, resample
from crossres.report import (
    Check,
    Cut,
    Inferred,
    MapVolume,
    PlaneView,
    Report,
    Slice,
    Stage,
    Verdict,
    comparison,
    cuts_of,
    draw_maps,
    enhanced_axis,
    grey_range,
    guide_motion,
    histogram_picture,
    image_stage,
    map_picture,
    overlay_stage,
    profile_picture,
    slice_panel,
    write_report,
)
from crossres.volume import Volume
from crossres.volume.size_text import size_text
from crossres.workflows.enhance.predicted_error import (
    predicted_error_row,
    predicted_error_sentence,
    with_predicted_error,
)
from crossres.workflows.enhance.result import EnhancedFiles, with_time
from crossres.workflows.enhance.sidecar import Slices, reason_of, slices_of

INTERPOLATED = "interpolated (cubic)"
"""Name of the baseline in pictures."""
_SLICES = 3
_COVERED = " (without the writing of this page)"


def report_of(done: EnhancedFiles, recorded: Mapping[str, Any] | None = None) -> Report:
    """Return pictures and numbers for the report.

    Verdict, checks and numbers are those of the JSON file.

    Args:
        done: The result.
        recorded: The content of the JSON file as written; by default the sidecar of the result.

    Returns:
        The content, for :func:`crossres.report.write_report`.
    """
    start = time.perf_counter()
    enhanced = done.enhanced
    content: Mapping[str, Any] = done.sidecar if recorded is None else recorded
    cuts = cuts_of(enhanced.pair.target.grid, enhanced.result.volume, count=_SLICES)
    drawn = [(entry, volume) for entry, volume in draw_maps(enhanced) if entry.role == "map"]
    # The difference to interpolation is part of each comparison.
    maps = [(entry, volume) for entry, volume in drawn if entry.name != "difference"]
    guides = _guides(enhanced)
    views = [_view(enhanced, several, guides, maps) for several in cuts.values()]
    figures = _figures(enhanced, next(iter(cuts.values())))
    content = with_time(content, "pictures", start)
    more = f" and {len(enhanced.scans) - 1} more" if enhanced.scans else ""
    finer = " x ".join(f"{f:.3g}" for f in enhanced.factors)
    inferred, total = content["measured_and_inferred"], content["timings_seconds"]["total"]
    return Report(
        title=f"{done.inputs['target'].name}{more}, {finer} times finer",
        summary={
            **_summary(done),
            **predicted_error_row(content),
            "time": f"{total:.1f} s{_COVERED}",
        },
        verdict=Verdict(**content["verdict"]),
        checks=[Check(**check) for check in content["checks"]],
        inferred=None if inferred is None else Inferred(**inferred),
        predicted_error=predicted_error_sentence(content),
        warnings=enhanced.warnings,
        views=views,
        figures=figures,
        methods=content["methods"],
        references=content["references"],
        command=content.get("command", ""),
        metadata=content,
    )


def draw_report(done: EnhancedFiles, content: dict[str, object], file: Path) -> None:
    """Write the report, and add what it states to the content of the JSON file.

    Args:
        done: The result.
        content: The content of the JSON file as written, to which the predicted error is added
            where there are no maps. Its times are then those that the report states: with the
            drawing of all pictures, without the writing of the HTML file.
        file: The HTML file to be made.

    Raises:
        OutputWriteError: It cannot be written.
    """
    if "predicted_error" not in content:
        content.update(with_predicted_error(content, done.enhanced))
    report = report_of(done, content)
    write_report(report, file)
    content["timings_seconds"] = report.metadata["timings_seconds"]


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
    found, moved = aligned.registration, guide_motion(aligned)
    if moved is None:
        return "not registered: its header was trusted"
    distance = f"{moved.displacement_mm:.2f} mm, {moved.rotation_deg:.2f} degrees"
    if found is None:
        return f"moved by the given transform: {distance}"
    if found.transform.is_identity:
        return f"already aligned{_residual(found.inside)}"
    rim = ", except for the rim of the mask that it shares with the scan" * aligned.rim_kept
    return f"moved by {distance}{rim}{_residual(found.inside)}"


def _residual(inside: Inside | None) -> str:
    """Return the estimate of the displacement that remains, with its standard error."""
    if inside is None:
        return ""
    left = f"; {inside.residual_mm:.2f} mm left inside the head" * (inside.residual_mm > 0)
    return f"{left}; standard error {inside.uncertainty_mm:.2f} mm"


def _view(
    done: Enhanced,
    cuts: Sequence[Cut],
    guides: Mapping[str, Volume],
    maps: Sequence[tuple[MapVolume, Volume]],
) -> PlaneView:
    """Draw one plane: the middle slice in full, the others side by side."""
    middle, scan = cuts[len(cuts) // 2], done.pair.target
    panels = _panels(done, middle)
    # The baseline of flicker and curtain comes first.
    ordered = {name: panels[name] for name in (INTERPOLATED, "result", *panels)}
    return PlaneView(
        plane=middle.plane,
        label=middle.label,
        stage=image_stage(ordered),
        enhanced=middle.enhanced,
        registration=_registration(scan, guides, middle),
        figures={
            cut.label: comparison(_panels(done, cut), difference_to=INTERPOLATED) for cut in cuts
        },
        maps={
            f"{entry.title}. {entry.meaning}": map_picture(
                entry, volume, done.result.interpolated, middle, white=grey_range(scan.data)[1]
            )
            for entry, volume in maps
        },
    )


def _figures(done: Enhanced, cuts: Sequence[Cut]) -> dict[str, bytes]:
    """Draw the profile along the enhanced axis, and the intensities."""
    middle, result = cuts[len(cuts) // 2], done.result
    contrast = {
        "input": done.pair.target, INTERPOLATED: result.interpolated, "result": result.volume
    }  # fmt: skip
    axis = enhanced_axis(done.pair.target.grid, done.pair.fine)
    return {
        f"profile along the enhanced axis, {middle.label}": profile_picture(contrast, middle, axis),
        "intensities": histogram_picture(contrast),
    }


def _guides(done: Enhanced) -> dict[str, Volume]:
    """Return the guide before and after it was moved; nothing of a guide that was not."""
    guide, unmoved = done.pair.guide, done.aligned.unmoved
    if guide is None or unmoved is None or done.aligned.registration is None:
        return {}
    before = resample(unmoved, done.pair.fine, RigidTransform.identity())
    return {"before registration": before, "after registration": guide}


def _registration(scan: Volume, guides: Mapping[str, Volume], cut: Cut) -> Stage | None:
    """Draw the edges of the guide over the scan, in both places."""
    if not guides:
        return None
    panels = slice_panel({"scan": scan, **guides}, cut.plane, fraction=cut.fraction)
    return overlay_stage(panels.pop("scan"), panels)


def _panels(done: Enhanced, cut: Cut) -> dict[str, Slice]:
    """Cut input, interpolation, result and guide at one position."""
    volumes: dict[str, Volume] = {
        "input": done.pair.target,
        INTERPOLATED: done.result.interpolated,
        "result": done.result.volume,
    }
    if done.pair.guide is not None:
        volumes["guide"] = done.pair.guide
    return slice_panel(volumes, cut.plane, fraction=cut.fraction)


def _summary(files: EnhancedFiles) -> dict[str, str]:
    done = files.enhanced
    grids = {"input": done.aligned.pair.target.grid, "result": done.pair.fine}
    sizes = {
        name: f"{' x '.join(map(str, g.shape))} voxels of {size_text(g.spacing)}"
        for name, g in grids.items()
    }
    reasons = ", then ".join(reason_of(one.choice.candidate) for one in done.passes)
    profile = done.plane_profile.description
    slices = slices_of(files.request, files.inputs["target"], grids["input"])
    return {
        **sizes, "slices": slices_description(slices), "noise": noise_description(done.noise),
        **_resolution(done), **({"voxels in the plane": profile} if profile else {}),
        "guide": use_of_guide(done),
        "weights": done.weights, "choice of weights": reasons,
        **{f"scan {n}": scan.description for n, scan in enumerate(done.scans, start=1)},
    }  # fmt: skip


def _resolution(done: Enhanced) -> dict[str, str]:
    """Return what the target resolves, where its spectrum shows it."""
    known = {"ijk"[a]: each for a, each in enumerate(done.resolution) if each is not None}
    texts = [f"{axis} {each.description}" for axis, each in known.items()]
    return {"resolution found": ", ".join(texts)} if texts else {}


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
