"""Checks of a result against its scan: each a number, a limit, and whether it was passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from crossres.inference import Enhanced
from crossres.inference.agreement import least_admissible
from crossres.inference.noise import LEAST, needs_denoising
from crossres.physics import acquire_volume
from crossres.report.inferred import object_mask
from crossres.types import Array3, Mask3
from crossres.volume import Pair, Volume, intensity_scale

AGREEMENT = 0.02
"""Data-consistency error of a scan without noise: the bounds cost clinical scans up to 1.2 %, most
of it at the edge of their masks."""
OF_NOISE = 1.2
"""A residual is noise up to this multiple of it."""
LARGEST_ERROR = 0.15
"""Largest limit of the data-consistency error: beyond it a result is not near its scan, whatever
the noise."""
UNBOUNDED = 0.002
"""Residual where no bound acts, as a share of the bright tissue: the iteration within the bounds
leaves 0.04 %."""
AT_BOUNDS = 0.1
"""Share of the head at its least intensity: networks that return too little reach it."""
INTENSITY = 0.01
"""Change of the mean intensity of the head."""
SHIFT = 0.05
"""Shift in voxels of the scan: half a voxel of the finest result, of a sixteenth, is 0.03."""
AGREEMENT_CHECKS = frozenset(
    {
        "data_consistency_error", "residual_in_head", "residual_without_bounds",
        "change_of_intensity", "shift",
    }
)  # fmt: skip
"""Checks that measure the difference between scan and result."""
_TOUCHED = 0.05


@dataclass(frozen=True)
class Check:
    """A number with a limit.

    Args:
        name: Its name in JSON files, in words joined by underscores.
        value: The number.
        limit: What it is compared with.
        passed: The outcome; False for NaN.
        unit: "1" for shares, "voxels" or "dB".
        relation: "≤" where the limit is the largest value, "≥" where it is the least.
        meaning: One sentence.
    """

    name: str
    value: float
    limit: float
    passed: bool
    unit: str
    relation: Literal["≤", "≥"]
    meaning: str

    @property
    def label(self) -> str:
        """The name as text, such as "data-consistency error"."""
        return self.name.replace("data_consistency", "data-consistency").replace("_", " ")

    @classmethod
    def at_most(cls, name: str, value: float, limit: float, meaning: str, unit: str = "1") -> Check:
        """Return a check of a number that must not exceed its limit.

        Args:
            name: Its name.
            value: The number.
            limit: The largest value that passes.
            meaning: One sentence.
            unit: Unit of both.

        Returns:
            The check.

        Example:
            >>> Check.at_most("shift", 0.2, 0.05, "Where the result lies.", "voxels").passed
            False
        """
        return cls(name, value, limit, value <= limit, unit, "≤", meaning)


def checks_of(enhanced: Enhanced) -> list[Check]:
    """Check a result against its scan.

    Args:
        enhanced: The result.

    Returns:
        The checks. Those of the residual are left out for a scan without a head.
    """
    return [_agreement(enhanced), *_of_residual(enhanced), *_of_guide(enhanced)]


def _agreement(enhanced: Enhanced) -> Check:
    errors = enhanced.consistency
    limit = max(AGREEMENT, min(OF_NOISE * errors.noise, LARGEST_ERROR))
    return Check.at_most(
        "data_consistency_error", errors.result, limit,
        "The result acquired again in simulation minus the scan, relative to the scan.",
    )  # fmt: skip


def _of_residual(enhanced: Enhanced) -> Iterator[Check]:
    """Yield what the residual shows in the head: size, mean, shift, and what bounds explain."""
    pair, noise = enhanced.pair, enhanced.noise
    inside = object_mask(pair.target, noise.deviation)
    if not inside.any():
        return
    scan, scale = pair.target.data, intensity_scale(pair.target.data)
    residual = residual_of(pair, enhanced.result.volume).data
    known = max(OF_NOISE * noise.share, LEAST)
    yield Check.at_most(
        "residual_in_head", _rms(residual[inside]) / scale, known,
        "RMS of the residual in the head, relative to bright tissue; the limit is the noise of the "
        "scan, or the least noise that matters.",
    )  # fmt: skip
    if not needs_denoising(noise) and not enhanced.scans and scan.min() >= 0:
        free = inside & ~_touched(pair, enhanced.result.volume)
        yield Check.at_most(
            "residual_without_bounds", _rms(residual[free]) / scale, UNBOUNDED,
            "The same where neither a bound on the intensities nor the edge of a mask acts.",
        )  # fmt: skip
    yield Check.at_most(
        "voxels_at_bounds", enhanced.consistency.at_bounds, AT_BOUNDS,
        "Share of the voxels of the head at their least admissible intensity.",
    )  # fmt: skip
    change = abs(float(residual[inside].mean() / scan[inside].mean()))
    bias = _rician_bias(scan[inside], noise.deviation) * needs_denoising(noise)
    yield Check.at_most(
        "change_of_intensity", change, INTENSITY + bias,
        "Change of the mean intensity in the head; the limit includes the bias of the noise that "
        "was removed.",
    )  # fmt: skip
    yield Check.at_most(
        "shift", _shift(residual, scan, inside), SHIFT,
        "Largest shift of the result against the scan along an axis.", "voxels",
    )  # fmt: skip


def _of_guide(enhanced: Enhanced) -> Iterator[Check]:
    """Yield for each guided pass whether the guide was worth it in the self-validation."""
    for number, done in enumerate(enhanced.passes, start=1):
        gains = list(done.choice.gains.values())
        if done.pair.guide is None or len(gains) < 2:
            continue
        place = f"_pass_{number}" * (len(enhanced.passes) > 1)
        gain = gains[0] - gains[1]
        yield Check(
            f"gain_of_guide{place}", gain, 0.0, gain >= 0, "dB", "≥",
            "PSNR with the guide over that without it, in the self-validation.",
        )  # fmt: skip


def residual_of(pair: Pair, estimate: Volume) -> Volume:
    """Return A x^ - y on the scan's grid.

    Args:
        pair: Target and fine grid.
        estimate: x^ on the fine grid.

    Returns:
        Signed differences in the scan's intensities, 0 where the result agrees with the scan.
    """
    acquired = acquire_volume(estimate, pair.target.grid)
    return pair.target.with_data(acquired.data - pair.target.data)


def _touched(pair: Pair, estimate: Volume) -> Mask3:
    """Mark the scan's voxels to which fine voxels at their least intensity contribute."""
    lowest = (estimate.data <= least_admissible(pair)).astype(np.float32)
    return acquire_volume(estimate.with_data(lowest), pair.target.grid).data > _TOUCHED


def _shift(residual: Array3, scan: Array3, inside: Mask3) -> float:
    """Return the largest shift along an axis that explains the residual best, in voxels."""
    found = [0.0]
    for axis in (a for a in range(3) if scan.shape[a] > 1):
        slope = np.gradient(scan, axis=axis)[inside]
        energy = float(np.square(slope, dtype=np.float64).sum())
        if energy:
            found.append(abs(float(np.dot(residual[inside], slope))) / energy)
    return max(found)


def _rician_bias(values: Float[np.ndarray, " n"], deviation: float) -> float:
    """Return the share by which noise raises the mean of a magnitude image, to first order."""
    return float((deviation**2 / (2 * values)).mean() / values.mean())


def _rms(values: Float[np.ndarray, " n"]) -> float:
    return float(np.sqrt(np.square(values, dtype=np.float64).mean())) if values.size else 0.0
