"""The predicted error of a result in its JSON file, and in words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crossres.inference import Enhanced
from crossres.inference.predicted_error import LEVEL
from crossres.report import measure_error_size, percent
from crossres.workflows.enhance.result import with_time

_TOO_SMALL = "the scan is too small to be degraded further, which the calibration requires"
_LIMITS = (
    "errors of a network that was trained on other scans, as far as one scale below shows them; "
    "not the misregistration of slices, motion, a wrong profile of the voxels, or single "
    "structures that the training never showed; measured with weights for T2w"
)
"""What the intervals cover, and what they do not."""


def with_predicted_error(content: Mapping[str, Any], enhanced: Enhanced) -> dict[str, Any]:
    """Predict the error, and add it to the content of a JSON file.

    Args:
        content: The content.
        enhanced: The result.

    Returns:
        A copy with the entry ``predicted_error``, the sentence on it in ``methods``, and the time
        of the prediction.
    """
    start = time.perf_counter()
    added = {**content, "predicted_error": _entry(enhanced)}
    methods = f"{content['methods']} {predicted_error_sentence(added)}".rstrip()
    return with_time({**added, "methods": methods}, "predicted_error", start)


def _entry(enhanced: Enhanced) -> dict[str, object]:
    """Return quantile, calibrations and size of the predicted error; or why there is none."""
    found = enhanced.predicted_error
    if found is None:
        reason = "several scans were joined" if enhanced.scans else _TOO_SMALL
        return {"not_predicted": reason}
    calibrations = [asdict(one) for one in found.calibrations]
    target, noise = enhanced.pair.target, enhanced.noise.deviation
    size = measure_error_size(found.volume, target, noise=noise)
    return {
        "level": LEVEL, "quantile": found.quantile, "calibrations": calibrations,
        "limits": _LIMITS, **({} if size is None else asdict(size)),
    }  # fmt: skip


def predicted_error_row(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the row of a summary on the predicted error.

    Args:
        content: The content of the JSON file.

    Returns:
        Label and text; nothing where no error was predicted, or the scan shows no head.

    Example:
        >>> entry = {"level": 0.9, "quantile": 1.63, "median_share": 0.048}
        >>> print(predicted_error_row({"predicted_error": entry})["predicted error"])
        median 4.8 % of white; 90 % within ± 1.63 times the map
    """
    if (found := _with_size(content)) is None:
        return {}
    median, level, quantile = found
    text = f"median {median} of white; {level} within ± {quantile} times the map"
    # Without UTF-8 a terminal shows a no-break space as \xa0; the report joins units itself.
    return {"predicted error": text.replace("\u00a0", " ")}


def predicted_error_sentence(content: Mapping[str, Any]) -> str:
    """Return the sentence on the predicted error for the report and for a publication.

    Args:
        content: The content of the JSON file.

    Returns:
        A sentence; "" where no error was predicted, or the scan shows no head.
    """
    if (found := _with_size(content)) is None:
        return ""
    median, level, quantile = found
    return (
        "The standard deviation of the error was predicted voxel by voxel and calibrated on the "
        f"scan itself: its median in the head is {median} of the intensity shown as white, and "
        f"the {level} intervals reach to ± {quantile} times this deviation."
    )


def _with_size(content: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return median, level and quantile as texts, where the size is known."""
    found = content.get("predicted_error", {})
    if found.get("median_share") is None:
        return None
    return (
        percent(found["median_share"]),
        f"{100 * found['level']:.0f}\u00a0%",
        f"{found['quantile']:.2f}",
    )
