"""The report of one scan as HTML: what was done, and how far to trust it; it computes nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from crossres.files import ESCAPE, atomic
from crossres.metrics import Scores
from crossres.report.checks import Check
from crossres.report.inferred import Inferred
from crossres.report.numbers import percent, quantity, unbroken
from crossres.report.slices import Plane
from crossres.report.stage import Stage
from crossres.report.verdict import Verdict

_GENERATOR = b'<meta name="generator" content="crossres">'
_HEAD_BYTES = 2000
_PNG = "data:image/png;base64,"
_COLUMNS = (
    ("psnr", "PSNR, dB", 2),
    ("ssim", "SSIM", 4),
    ("psnr_inside", "PSNR, dB", 2),
    ("ssim_inside", "SSIM", 4),
)


_UNITS = {"_mm": ", mm", "_db": ", dB", "_seconds": ", s", "_deg": ", degrees"}
_WORDS = {"_": " ", "sha256": "SHA-256", "self validation": "self-validation"}


@dataclass(frozen=True)
class PlaneView:
    """The pictures of one plane.

    Args:
        plane: Name of the plane.
        label: Plane and position, such as "sagittal, L 12.4 mm".
        stage: Input, interpolation, result and guide, one over the other.
        enhanced: Whether the plane contains an axis that got finer.
        registration: Edges of the guide over the scan, before and after registration.
        figures: PNG pictures by caption: the slices side by side.
        maps: PNG pictures of maps by name, such as the residual.
    """

    plane: Plane
    label: str
    stage: Stage
    enhanced: bool = True
    registration: Stage | None = None
    figures: Mapping[str, bytes] = field(default_factory=dict)
    maps: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The content of a report.

    Args:
        title: Title (``"sub-01 T2w, 4 x 4 x 1 times finer"``).
        summary: What was done, as label and value.
        verdict: The judgement of the agreement with the scan.
        checks: The checks that it follows from.
        inferred: What is determined by the scan in the result, and the size of the rest.
        predicted_error: A sentence on the predicted error; "" where there is none.
        warnings: One sentence each; they come before the pictures.
        views: Pictures by plane, the enhanced plane first.
        figures: Further PNG pictures by title.
        scores: Scores against a reference by method.
        scored_region: What the scores' mask covers (``"brain"``, ``"foreground"``).
        scored: PNG pictures beside the reference by title.
        methods: A paragraph for a publication.
        references: What its numbers in brackets stand for.
        command: The command that repeats the result.
        metadata: Inputs, settings, versions, timings: nested as in the JSON sidecar.
    """

    title: str
    summary: Mapping[str, str]
    verdict: Verdict | None = None
    checks: Sequence[Check] = ()
    inferred: Inferred | None = None
    predicted_error: str = ""
    warnings: Sequence[str] = ()
    views: Sequence[PlaneView] = ()
    figures: Mapping[str, bytes] = field(default_factory=dict)
    scores: Mapping[str, Scores] = field(default_factory=dict)
    scored_region: str = "foreground"
    scored: Mapping[str, bytes] = field(default_factory=dict)
    methods: str = ""
    references: Sequence[str] = ()
    command: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)


def write_report(report: Report, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a report as one HTML file without external resources, in full or not at all.

    Args:
        report: The content.
        path: The HTML file to be made.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    text = render_report(report)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=ESCAPE)


def is_report(path: Path) -> bool:
    """Return whether a file is a report of crossres.

    Args:
        path: A file, which need not exist.

    Returns:
        True if its first bytes name crossres as their generator.
    """
    try:
        with path.open("rb") as stream:
            return _GENERATOR in stream.read(_HEAD_BYTES)
    except OSError:
        return False


def render_report(report: Report) -> str:
    """Return a report as HTML.

    Args:
        report: The content.

    Returns:
        The HTML text.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(embedded=lambda png: _PNG + base64.b64encode(png).decode("ascii"))
    environment.filters.update(percent=percent, quantity=quantity, unbroken=unbroken)
    environment.filters.update(number=_number, label=_label)
    source = resources.files("crossres.report").joinpath("report.html.j2").read_text("utf-8")
    return environment.from_string(source).render(
        report=report,
        table=[_score_row(name, scores) for name, scores in report.scores.items()],
        columns=_COLUMNS,
    )


def _score_row(name: str, scores: Scores) -> tuple[str, int, list[str]]:
    """Return a method, its number of slices and mean ± sd per column."""
    mean, sd = scores.mean, scores.sd
    cells = [f"{mean[key]:.{digits}f} ± {sd[key]:.{digits}f}" for key, _, digits in _COLUMNS]
    return name, len(scores.rows), cells


def _number(value: object) -> str:
    """Format a value of the metadata."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _label(name: object) -> str:
    """Return a key of the metadata in words, with its unit."""
    text = str(name)
    for suffix, unit in _UNITS.items():
        if text.endswith(suffix):
            text = text.removesuffix(suffix) + unit
    for part, word in _WORDS.items():
        text = text.replace(part, word)
    return text
