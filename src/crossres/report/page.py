"""One HTML page that tells a reader what was done and how far to trust it; it computes nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Literal, TypeAlias

from crossres.files import atomic
from crossres.metrics import Scores
from crossres.physics import Consistency

Level: TypeAlias = Literal["good", "doubtful", "bad"]

# Noise in a clinical scan is a few percent of its signal: a residual below 1 % is far inside it,
# one above 5 % is not noise any more.
_AGREES, _CONTRADICTS = 0.01, 0.05

_COLUMNS = (
    ("psnr", "PSNR, dB", 2),
    ("ssim", "SSIM", 4),
    ("psnr_inside", "PSNR, dB", 2),
    ("ssim_inside", "SSIM", 4),
)


@dataclass(frozen=True)
class Verdict:
    """A finding in one line, what it means in a sentence, and how good it is."""

    level: Level
    headline: str
    meaning: str


@dataclass(frozen=True)
class Report:
    """What the page shows.

    Args:
        title: What the page is about (``"sub-01 T2w, 4 x 4 x 1"``).
        summary: What was done, as label and value.
        consistency: How well the scan is explained.
        measured_share: Share (0-1) of the result's energy that the acquisition sees,
            ||P x^||^2 / ||x^||^2 with P = A^T (A A^T)^-1 A.
        warnings: What the reader must know before anything else.
        figures: PNG pictures by title.
        layers: PNG pictures of one size by name, to be flicked through; what to compare with
            (bicubic) first, the result second.
        layer_edges: The patient's side at the layers' left, right, top and bottom.
        scores: Scores against a reference by method.
        scored_region: What the scores' mask covers (``"brain"``, ``"foreground"``).
        metadata: Inputs, settings, versions, timings: nested as in the JSON sidecar.
    """

    title: str
    summary: Mapping[str, str]
    consistency: Consistency | None = None
    measured_share: float | None = None
    warnings: Sequence[str] = ()
    figures: Mapping[str, bytes] = field(default_factory=dict)
    layers: Mapping[str, bytes] = field(default_factory=dict)
    layer_edges: tuple[str, str, str, str] = ("R", "L", "A", "P")
    scores: Mapping[str, Scores] = field(default_factory=dict)
    scored_region: str = "foreground"
    metadata: Mapping[str, object] = field(default_factory=dict)


def verdict(consistency: Consistency) -> Verdict:
    """Say in words whether the result agrees with the scan it was made from."""
    before, after = percent(consistency.interpolation), percent(consistency.result)
    meaning = (
        f"Scanned again (in simulation), the result differs from the scan that came in by {after}; "
        f"plain interpolation differs by {before}."
    )
    if consistency.result < _AGREES:
        return Verdict(
            "good",
            "The result agrees with the scan",
            f"{meaning} What the scanner measured was kept. This does not prove that the detail "
            "added to it is true.",
        )
    if consistency.result < min(_CONTRADICTS, consistency.interpolation):
        return Verdict(
            "doubtful",
            "The result agrees with the scan only roughly",
            f"{meaning} Back-projection would bring it closer.",
        )
    return Verdict(
        "bad",
        "The result contradicts the scan",
        f"{meaning} Part of what the scanner measured was changed: do not rely on this result. "
        "Check the factor and the guide, and switch on back-projection.",
    )


def write_page(report: Report, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the page as one file that needs nothing else, in full or not at all.

    Args:
        report: What to show.
        path: The HTML file to be made.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    page = render(report)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render(report: Report) -> str:
    """Return the page as HTML."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(embedded=_embedded, percent=percent, number=_number)
    source = resources.files("crossres.report").joinpath("page.html.j2").read_text("utf-8")
    return environment.from_string(source).render(
        report=report,
        verdict=None if report.consistency is None else verdict(report.consistency),
        table=[_score_row(name, scores) for name, scores in report.scores.items()],
        columns=_COLUMNS,
    )


def _score_row(name: str, scores: Scores) -> tuple[str, int, list[str]]:
    """Return a method, its number of slices and mean ± sd per column."""
    mean, sd = scores.mean, scores.sd
    cells = [f"{mean[key]:.{digits}f} ± {sd[key]:.{digits}f}" for key, _, digits in _COLUMNS]
    return name, len(scores.rows), cells


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def percent(share: float) -> str:
    """Write a share so that neither a small rest nor a small lack is rounded away."""
    value = 100 * share
    if 0 < value < 0.01:
        return "less than 0.01 %"
    if 99.99 < value < 100:
        return "more than 99.99 %"
    return f"{value:.2f} %" if value < 1 or value > 99 else f"{value:.1f} %"


def _number(value: object) -> str:
    """Write a leaf of the metadata for a reader."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
