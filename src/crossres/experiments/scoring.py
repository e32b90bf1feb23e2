"""Score a cascade on simulated cases, slice by slice, beside bicubic interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from crossres.cascade import Cascade
from crossres.experiments.cohort import Simulated
from crossres.inference import super_resolve
from crossres.metrics import score
from crossres.types import Array3

Row = dict[str, object]
METRICS = ("psnr", "ssim", "psnr_inside", "ssim_inside")


def score_case(cascade: Cascade, simulated: Simulated, name: str) -> list[Row]:
    """Enhance one case and score it, slice by slice, beside bicubic interpolation."""
    result = super_resolve(cascade, simulated.pair)
    bicubic = _scores(result.interpolated.data, simulated)
    own = _scores(result.volume.data, simulated)
    shared: Row = {"case": name, "consistency": result.consistency_after}
    return [
        {**shared, "slice": b["index"], **_named(b, "bicubic_"), **_named(e, "")}
        for b, e in zip(bicubic, own, strict=True)
    ]


def _scores(estimate: Array3, simulated: Simulated) -> list[Row]:
    reference = simulated.reference.data
    return [asdict(row) for row in score(estimate, reference, mask=reference > 0).rows]


def _named(row: Row, prefix: str) -> Row:
    return {prefix + metric: row[metric] for metric in METRICS}


def summarise(rows: Sequence[Row]) -> dict[str, float]:
    """Average over all slices; ``gain`` is PSNR over bicubic in dB, whole slice."""
    columns = [c for c in rows[0] if c not in ("case", "slice")]
    mean = {c: sum(float(str(row[c])) for row in rows) / len(rows) for c in columns}
    return {**mean, "gain": mean["psnr"] - mean["bicubic_psnr"], "slices": len(rows)}
