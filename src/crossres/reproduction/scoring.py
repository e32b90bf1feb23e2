"""Score a cascade on simulated cases, slice by slice, beside bicubic interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TypeVar

import numpy as np
from scipy import ndimage

from crossres.inference import Blend, Enhancer, Result, super_resolve
from crossres.inference.degraded_scan import guide_blur_of
from crossres.inference.guide_intensity import fitted_to_guide
from crossres.metrics import score
from crossres.reproduction.simulated import Simulated
from crossres.types import Array3, CrossresError, Mask3
from crossres.volume import Volume, brain_or_head_mask, eroded

Row = dict[str, object]
EROSION_MM = 4.0
"""Erosion of the head; wider than the edge of any brain mask, mm."""
METRICS = ("psnr", "ssim", "psnr_inside", "ssim_inside")
Kind = TypeVar("Kind", bound=Enhancer)


def score_case(
    cascade: Enhancer, simulated: Simulated, name: str, device: str = "cpu"
) -> list[Row]:
    """Enhance one case and score it slice by slice, beside bicubic interpolation.

    Args:
        cascade: The method.
        simulated: The degraded pair and its reference.
        name: Name of the case.
        device: Where to enhance, as torch names it.

    Returns:
        A row per slice.
    """
    result = super_resolve(for_case(cascade, simulated), simulated.pair, device=device)
    bicubic = _scores(result.interpolated.data, simulated)
    own = _scores(result.volume.data, simulated)
    shared: Row = {
        "case": name,
        "consistency": result.consistency.result,
        "gain_deep": gain_deep(result, simulated.reference),
    }
    return [
        {**shared, "slice": b["index"], **_named(b, "bicubic_"), **_named(e, "")}
        for b, e in zip(bicubic, own, strict=True)
    ]


def for_case(enhancer: Kind, simulated: Simulated) -> Kind:
    """Return a blend with the blur and the intensities of a case's guide, as ``enhance`` does.

    Args:
        enhancer: The method.
        simulated: The case.

    Returns:
        A copy, if it is a blend; anything else as it is.

    Raises:
        GridError: A blend, and no axis gets finer, or all three do.
    """
    if not isinstance(enhancer, Blend):
        return enhancer
    pair, detail, guided = simulated.pair, simulated.detail, enhancer.guided_cascade
    blur = guide_blur_of(pair, detail)
    with suppress(CrossresError):  # the scan may be too small to be degraded further
        guided, _ = fitted_to_guide(guided, pair, detail=detail)
    return replace(enhancer, guided_cascade=guided, guide_blur=blur)


def gain_deep(result: Result, reference: Volume) -> float:
    """Return the PSNR over bicubic interpolation in the eroded brain mask (4 mm) of all slices.

    Where one mask cut out target and guide, the guide shows where the target ends. The eroded mask
    excludes this edge, so the gain is that of the anatomy alone.

    Args:
        result: The estimate and its interpolation.
        reference: The truth.

    Returns:
        dB; nan where the head is too small.
    """
    inside = eroded_mask(reference)
    if not inside.any():
        return math.nan
    errors = [x.data[inside] - reference.data[inside] for x in (result.interpolated, result.volume)]
    bicubic, own = (float(np.square(error).mean()) for error in errors)
    return 10 * math.log10(bicubic / own)


def eroded_mask(reference: Volume) -> Mask3:
    """Return the mask of the head, eroded by ``EROSION_MM`` in each slice.

    Args:
        reference: The truth; slices along k.

    Returns:
        True more than ``EROSION_MM`` from the edge of the head in its slice.
    """
    in_slice = ndimage.generate_binary_structure(3, 1) & np.array([False, True, False])
    head = ndimage.binary_fill_holes(brain_or_head_mask(reference.data), in_slice)
    i, j, _ = reference.grid.spacing
    return eroded(head, (i, j, 1e6), EROSION_MM)  # the next slice counts for nothing


def _scores(estimate: Array3, simulated: Simulated) -> list[Row]:
    reference = simulated.reference.data
    return [
        asdict(row) for row in score(estimate, reference, mask=brain_or_head_mask(reference)).rows
    ]


def _named(row: Row, prefix: str) -> Row:
    return {prefix + metric: row[metric] for metric in METRICS}


def summarise(rows: Sequence[Row]) -> dict[str, float]:
    """Average over all slices.

    Args:
        rows: At least one, from :func:`score_case`.

    Returns:
        Means by column; "gain" is PSNR over bicubic interpolation, dB, of the whole slice; "slices"
        the number of rows.
    """
    columns = [c for c in rows[0] if c not in ("case", "slice")]
    mean = {c: sum(float(str(row[c])) for row in rows) / len(rows) for c in columns}
    return {**mean, "gain": mean["psnr"] - mean["bicubic_psnr"], "slices": len(rows)}
