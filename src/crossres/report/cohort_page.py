"""The page of a cohort as HTML: one row for each case; it computes nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from crossres.files import ESCAPE, atomic
from crossres.physics import Consistency
from crossres.report.agreement import Level, percent, verdict


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
        consistency: Data-consistency errors of cubic interpolation and of the result.
        seconds: Computing time.
        warnings: One sentence each.
        noise: Standard deviation of the scan's noise, as a share of its bright tissue; None where
            none was found.
    """

    name: str
    report: Path | None
    picture: Path | None
    spacing: tuple[str, str]
    factor: str
    weights: str
    guide: str
    consistency: Consistency
    seconds: float
    warnings: Sequence[str]
    noise: float | None = None

    @property
    def level(self) -> Level:
        """The agreement with the scan: good, doubtful or bad."""
        return verdict(self.consistency).level


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
    environment.filters.update(percent=percent, link=lambda path: quote(os.fsencode(path)))
    source = resources.files("crossres.report").joinpath("cohort_page.html.j2").read_text("utf-8")
    return environment.from_string(source).render(page=content)
