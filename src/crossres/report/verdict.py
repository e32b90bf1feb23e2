"""The verdict: whether a result agrees with its scan, in words that follow from its checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crossres.inference import Enhanced
from crossres.inference.noise import needs_denoising
from crossres.physics import Consistency
from crossres.report.checks import AGREEMENT_CHECKS, Check
from crossres.report.numbers import percent, quantity
from crossres.volume import has_empty_background

Level: TypeAlias = Literal["good", "doubtful", "bad"]
Kind: TypeAlias = Literal["none", "iterative", "exact"]

BAD = 0.05
"""Data-consistency error from which what a scan measured is lost: the noise of a clinical scan is a
few percent of its signal."""
_HEADLINES: dict[Level, str] = {
    "good": "The result agrees with the scan",
    "doubtful": "The result agrees with the scan, but another check failed",
    "bad": "The result contradicts the scan",
}
_IN_PART = "The result agrees with the scan only in part"
_KINDS: dict[Kind, str] = {
    "exact": "It was projected onto the scan in closed form, within bounds on its intensities.",
    "iterative": "It was brought near the scan by iterative back-projection, which ends before "
    "full agreement.",
    "none": "No back-projection was applied: nothing made it agree with the scan.",
}
_MEANINGS: dict[Level, str] = {
    "good": "What the scanner measured was kept{noise}. This does not prove that the added detail "
    "is true.",
    "doubtful": "The failed checks state what differs; the residual shows where.",
    "bad": "Part of what the scanner measured was changed: do not rely on this result. Check the "
    "factor, the guide and the slice thickness.",
}


@dataclass(frozen=True)
class Verdict:
    """A judgement of the agreement with the scan.

    Args:
        level: "good": all checks were passed. "doubtful": some failed. "bad": the scan is
            contradicted.
        headline: The judgement in one line.
        meaning: What it follows from and what it implies, in a few sentences.
    """

    level: Level
    headline: str
    meaning: str


def verdict_of(enhanced: Enhanced, checks: Sequence[Check]) -> Verdict:
    """Judge whether a result agrees with the scan that it was made from.

    Args:
        enhanced: The result.
        checks: From :func:`crossres.report.checks_of`.

    Returns:
        The judgement in words.
    """
    last = enhanced.passes[-1:]
    kind = last[0].back_projection.kind if last else "none"
    return verdict_from_checks(
        enhanced.consistency, checks, kind=kind, denoised=needs_denoising(enhanced.noise),
        masked=has_empty_background(enhanced.pair.target.data),
    )  # fmt: skip


def verdict_from_checks(
    errors: Consistency,
    checks: Sequence[Check],
    *,
    kind: Kind,
    denoised: bool = False,
    masked: bool = False,
) -> Verdict:
    """Judge by the data-consistency errors, the checks, and what was done.

    Args:
        errors: Data-consistency errors of cubic interpolation, of the result, and of the noise.
        checks: The checks of the result; the first is that of its data-consistency error.
        kind: Kind of the back-projection.
        denoised: Whether noise was removed from the scan.
        masked: Whether the scan is exactly 0 around the head.

    Returns:
        The judgement in words.
    """
    level: Level = "good"
    failed = {check.name for check in checks if not check.passed}
    if failed:
        contradicts = not errors.result < min(BAD, errors.interpolation)
        level = "bad" if contradicts and not checks[0].passed else "doubtful"
    in_part = level == "doubtful" and failed & AGREEMENT_CHECKS
    noise = " but for its noise, most of which was removed" if denoised else ""
    sentences = [
        _errors(errors), _KINDS[kind], _bounds(errors, kind, masked=masked), _failed(checks),
        _MEANINGS[level].format(noise=noise),
    ]  # fmt: skip
    headline = _IN_PART if in_part else _HEADLINES[level]
    return Verdict(level, headline, " ".join(each for each in sentences if each))


def _errors(errors: Consistency) -> str:
    noise = f" The noise of the scan alone amounts to {percent(errors.noise)}." * (errors.noise > 0)
    return (
        f"Acquired again in simulation, the result differs from the scan by "
        f"{percent(errors.result)}; cubic interpolation differs by "
        f"{percent(errors.interpolation)}.{noise}"
    )


def _bounds(errors: Consistency, kind: Kind, *, masked: bool) -> str:
    if kind != "exact" or not errors.at_bounds:
        return ""
    edge = ", and at the edge of the mask," * masked
    return (
        f"{percent(errors.at_bounds)} of the voxels of the head lie at their least admissible "
        f"intensity: there{edge} a difference remains."
    )


def _failed(checks: Sequence[Check]) -> str:
    failed = [
        f"{check.label} {quantity(check.value, check.unit)} (limit "
        f"{quantity(check.limit, check.unit)})"
        for check in checks
        if not check.passed
    ]
    return f"Failed: {', '.join(failed)}." if failed else ""
