"""The agreement of a result with its scan, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from crossres.physics import Consistency

Level: TypeAlias = Literal["good", "doubtful", "bad"]

# Where the noise is not known: that of a clinical scan is a few percent of its signal. A
# data-consistency error below 1 % is well within it, one above 5 % is not noise.
_GOOD, _BAD = 0.01, 0.05
_OF_NOISE = 1.2
"""Data-consistency error up to which a difference is noise, as a multiple of that of the noise."""
_MOST_NOISE = 0.15
"""Data-consistency error from which a result is not near its scan, whatever the noise."""
_KEPT_BUT_NOISE = (
    "What the scanner measured was kept but for its noise, most of which was removed. This does "
    "not prove that the added detail is true."
)
_WORDS: dict[Level, tuple[str, str]] = {
    "good": (
        "The result agrees with the scan",
        "What the scanner measured was kept. This does not prove that the added detail is true.",
    ),
    "doubtful": (
        "The result agrees with the scan only roughly",
        "With the exact back-projection the rest lies at the edge of a mask, or where noise was "
        "not found; the residual map shows where.",
    ),
    "bad": (
        "The result contradicts the scan",
        "Part of what the scanner measured was changed: do not rely on this result. Check the "
        "factor and the guide, and whether back-projection was on.",
    ),
}


@dataclass(frozen=True)
class Verdict:
    """A judgement of the data consistency.

    Args:
        level: "good", "doubtful" or "bad".
        headline: The judgement in one line.
        meaning: What it implies, in a few sentences.
    """

    level: Level
    headline: str
    meaning: str


def verdict(consistency: Consistency) -> Verdict:
    """Judge whether a result agrees with the scan that it was made from.

    Args:
        consistency: Data-consistency errors of cubic interpolation, of the result, and of the
            scan's noise.

    Returns:
        The judgement in words.
    """
    level: Level = "bad"
    noise = consistency.noise
    if consistency.result < max(_GOOD, min(_OF_NOISE * noise, _MOST_NOISE)):
        level = "good"
    elif consistency.result < min(_BAD, consistency.interpolation):
        level = "doubtful"
    headline, meaning = _WORDS[level]
    errors = (
        f"Acquired again in simulation, the result differs from the scan by "
        f"{percent(consistency.result)}; cubic interpolation differs by "
        f"{percent(consistency.interpolation)}."
    )
    if noise:
        errors += f" The noise of the scan alone amounts to {percent(noise)}."
        meaning = _KEPT_BUT_NOISE if level == "good" else meaning
    return Verdict(level, headline, f"{errors} {meaning}")


def percent(share: float) -> str:
    """Format a share in percent; values near 0 or 100 % are not rounded to them.

    Args:
        share: 0 to 1.

    Returns:
        Such as ``"7.4 %"`` or ``"less than 0.01 %"``.
    """
    value = 100 * share
    if 0 < value < 0.01:
        return "less than 0.01 %"
    if 99.99 < value < 100:
        return "more than 99.99 %"
    return f"{value:.2f} %" if value < 1 or value > 99 else f"{value:.1f} %"
