"""The page of a cohort as HTML: distributions, and one row for each case; it computes nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from crossres.files import ESCAPE, atomic
from crossres.report.numbers import quantity
from crossres.report.strip_plot import StripPlot, strip_plot
from crossres.report.verdict import Level


@dataclass(frozen=True)
class Measure:
    """A number that each case may have.

    Args:
        name: Its column in the table.
        title: Its column on the page.
        unit: "1" for shares, "%", "mm", "deg", "dB" or "s".
        meaning: One sentence.
    """

    name: str
    title: str
    unit: str
    meaning: str


_ERROR = "norm(A x - y) / norm(y), the data-consistency error of"
_GAIN = "PSNR over cubic interpolation in the self-validation, of the networks"
MEASURES = (
    Measure(
        "noise", "noise", "1",
        "Standard deviation of the scan's noise in each of the two channels, as a share of its "
        "bright tissue (99th percentile of the foreground); n/a where none was found",
    ),
    Measure(
        "residual", "residual in the head", "1",
        "RMS of A x - y in the head, as a share of the bright tissue",
    ),
    Measure(
        "consistency_interpolation", "data-consistency error, interpolated", "1",
        f"{_ERROR} cubic interpolation",
    ),
    Measure(
        "consistency_result", "data-consistency error, result", "1", f"{_ERROR} the result",
    ),
    Measure(
        "predicted_error_median_percent", "predicted error, median", "%",
        "Median of the predicted standard deviation of the error in the head, in percent of the "
        "intensity shown as white; n/a where it was not predicted, as without maps and report",
    ),
    Measure(
        "edge_share_from_scan", "edge energy from the scan", "1",
        "Share of the edge energy along the enhanced axes that is determined by the scan",
    ),
    Measure(
        "inferred_rms", "inferred part", "1",
        "RMS of the inferred part in the head, as a share of the tissue contrast",
    ),
    Measure(
        "guide_displacement_mm", "guide moved", "mm",
        "Mean displacement of the guide in the head by its registration; n/a without one",
    ),
    Measure(
        "guide_rotation_deg", "guide rotated", "deg", "Angle of the same motion",
    ),
    Measure(
        "self_validation_gain_db_guided", "gain, guided", "dB", f"{_GAIN} with the guide",
    ),
    Measure(
        "self_validation_gain_db_unguided", "gain, unguided", "dB", f"{_GAIN} without the guide",
    ),
    Measure("seconds", "time", "s", "Time of computing and writing"),
)  # fmt: skip
"""The numbers of the table and of the page, in their order."""


@dataclass(frozen=True)
class CaseRow:
    """A case that was made.

    Args:
        name: Name of the case.
        report: Its report, relative to the cohort page; None without one.
        picture: Its thumbnail, relative to the cohort page; None without one.
        spacing: Voxel sizes of scan and result (``"1 x 1 x 4 mm"``).
        factor: Fine voxels per coarse voxel (``"4 x 4 x 1"``).
        weights: Name on the weights' card.
        guide: How the guide was aligned, in words.
        warnings: One sentence each.
        level: Agreement with the scan; None for a result of an earlier version.
        guide_left_out: Whether there was a guide that no pass used.
        numbers: Values of the measures by name; None where there is none.
    """

    name: str
    report: Path | None
    picture: Path | None
    spacing: tuple[str, str]
    factor: str
    weights: str
    guide: str
    warnings: Sequence[str]
    level: Level | None
    guide_left_out: bool = False
    numbers: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class CohortPage:
    """The content of the page.

    Args:
        title: Name of the dataset.
        cases: All cases that were made.
        failed: Reasons of failures, in one line each, by case.
    """

    title: str
    cases: Sequence[CaseRow]
    failed: Mapping[str, str]


def write_cohort_page(content: CohortPage, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the page, in full or not at all; thumbnails and reports stay separate files.

    Args:
        content: What to show.
        path: The HTML file to be made; the paths of the cases are relative to its folder.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    text = render_cohort_page(content)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=ESCAPE)


def render_cohort_page(content: CohortPage) -> str:
    """Return the page as HTML.

    Args:
        content: What to show.

    Returns:
        The HTML text.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(quantity=quantity, link=lambda path: quote(os.fsencode(path)))
    source = resources.files("crossres.report").joinpath("cohort_page.html.j2").read_text("utf-8")
    strips = [(each, _strip(each, content.cases)) for each in MEASURES]
    return environment.from_string(source).render(
        page=content, measures=MEASURES, strips=[each for each in strips if each[1].dots]
    )


def _strip(measure: Measure, cases: Sequence[CaseRow]) -> StripPlot:
    values = [(number, case.numbers.get(measure.name)) for number, case in enumerate(cases)]
    return strip_plot({number: value for number, value in values if value is not None})
