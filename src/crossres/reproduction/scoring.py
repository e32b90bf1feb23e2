"""Score a cascade on simulated cases, slice by slice, beside bicubic interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from scipy import ndimage
from studies.blended import fitted

from crossres.inference import Enhancer, Result, super_resolve
from crossres.metrics import score
from crossres.reproduction.simulated import Simulated
from crossres.types import Array3, Mask3
from crossres.volume import Volume, brain_or_head_mask, eroded

Row = dict[str, object]
DEEP_MM = 4.0
"""Further from the edge of the head than any rim that a mask leaves."""
METRICS = ("psnr", "ssim", "psnr_inside", "ssim_inside")


def score_case(
    cascade: Enhancer, simulated: Simulated, name: str, device: str = "cpu"
) -> list[Row]:
    """Enhance one case and score it, slice by slice, beside bicubic interpolation."""
    result = super_resolve(fitted(cascade, simulated), simulated.pair, device=device)
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


def gain_deep(result: Result, reference: Volume) -> float:
    """Return the PSNR over bicubic interpolation deep inside the head, all slices at once, dB.

    Where one mask cut out target and guide, a guide shows where the target ends. What it is worth
    to the anatomy is seen further in. A head too small for that gives nan.
    """
    inside = deep(reference)
    if not inside.any():
        return math.nan
    errors = [x.data[inside] - reference.data[inside] for x in (result.interpolated, result.volume)]
    bicubic, own = (float(np.square(error).mean()) for error in errors)
    return 10 * math.log10(bicubic / own)


def deep(reference: Volume) -> Mask3:
    """Mark what is further than ``DEEP_MM`` from the edge of the head, in its slice."""
    in_slice = ndimage.generate_binary_structure(3, 1) & np.array([False, True, False])
    head = ndimage.binary_fill_holes(brain_or_head_mask(reference.data), in_slice)
    i, j, _ = reference.grid.spacing
    return eroded(head, (i, j, 1e6), DEEP_MM)  # the next slice counts for nothing


def _scores(estimate: Array3, simulated: Simulated) -> list[Row]:
    reference = simulated.reference.data
    return [
        asdict(row) for row in score(estimate, reference, mask=brain_or_head_mask(reference)).rows
    ]


def _named(row: Row, prefix: str) -> Row:
    return {prefix + metric: row[metric] for metric in METRICS}


def summarise(rows: Sequence[Row]) -> dict[str, float]:
    """Average over all slices; ``gain`` is PSNR over bicubic in dB, whole slice."""
    columns = [c for c in rows[0] if c not in ("case", "slice")]
    mean = {c: sum(float(str(row[c])) for row in rows) / len(rows) for c in columns}
    return {**mean, "gain": mean["psnr"] - mean["bicubic_psnr"], "slices": len(rows)}
