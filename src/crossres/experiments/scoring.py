"""Score a cascade on simulated cases, slice by slice, beside bicubic interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from crossres.cascade import Sharpener
from crossres.experiments.cohort import Simulated
from crossres.inference import Result, super_resolve
from crossres.metrics import foreground_mask, score
from crossres.types import Array3, Mask3

Row = dict[str, object]
STRIPPED = 0.5
"""A reference with this share of exact zeros has had its skull taken off."""
METRICS = ("psnr", "ssim", "psnr_inside", "ssim_inside")


def score_case(
    cascade: Sharpener, simulated: Simulated, name: str, device: str = "cpu"
) -> list[Row]:
    """Enhance one case and score it, slice by slice, beside bicubic interpolation."""
    return score_result(super_resolve(cascade, simulated.pair, device=device), simulated, name)


def score_result(result: Result, simulated: Simulated, name: str) -> list[Row]:
    """Score what came of a case, slice by slice, beside bicubic interpolation."""
    bicubic = _scores(result.interpolated.data, simulated)
    own = _scores(result.volume.data, simulated)
    shared: Row = {"case": name, "consistency": result.consistency_after}
    return [
        {**shared, "slice": b["index"], **_named(b, "bicubic_"), **_named(e, "")}
        for b, e in zip(bicubic, own, strict=True)
    ]


def _scores(estimate: Array3, simulated: Simulated) -> list[Row]:
    reference = simulated.reference.data
    return [asdict(row) for row in score(estimate, reference, mask=region(reference)).rows]


def region(reference: Array3) -> Mask3:
    """Return the brain of a skull-stripped reference (what is above 0), else the head."""
    stripped = np.mean(reference == 0) >= STRIPPED
    return np.asarray(reference > 0) if stripped else foreground_mask(reference)


def _named(row: Row, prefix: str) -> Row:
    return {prefix + metric: row[metric] for metric in METRICS}


def summarise(rows: Sequence[Row]) -> dict[str, float]:
    """Average over all slices; ``gain`` is PSNR over bicubic in dB, whole slice."""
    columns = [c for c in rows[0] if c not in ("case", "slice")]
    mean = {c: sum(float(str(row[c])) for row in rows) / len(rows) for c in columns}
    return {**mean, "gain": mean["psnr"] - mean["bicubic_psnr"], "slices": len(rows)}
