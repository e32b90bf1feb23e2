"""One HTML page over many cases: how each went, and where to look; it computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from crossres.files import atomic
from crossres.physics import Consistency
from crossres.report.page import percent, verdict


@dataclass(frozen=True)
class CaseRow:
    """A case that was made.

    Args:
        name: The case's.
        page: Its own page, from the cohort's page on; None without one.
        picture: A small picture, from the cohort's page on; None without one.
        spacing: Voxel sizes before and after (``"1 x 1 x 4 mm"``).
        factor: Fine voxels per coarse voxel (``"4 x 4 x 1"``).
        weights: Name on the weights' card.
        guide: How the guide was brought to the target.
        consistency: How well the scan is explained.
        seconds: Time spent.
        warnings: What the reader must know.
    """

    name: str
    page: Path | None
    picture: Path | None
    spacing: tuple[str, str]
    factor: str
    weights: str
    guide: str
    consistency: Consistency
    seconds: float
    warnings: Sequence[str]

    @property
    def level(self) -> str:
        """How good the agreement with the scan is: good, doubtful or bad."""
        return verdict(self.consistency).level


@dataclass(frozen=True)
class Overview:
    """What the page shows.

    Args:
        title: The dataset's name.
        cases: The cases there are.
        failed: Reasons in one line, by case.
    """

    title: str
    cases: Sequence[CaseRow]
    failed: Mapping[str, str]


def write_overview(overview: Overview, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the page, in full or not at all; pictures and pages stay files of their own.

    Args:
        overview: What to show.
        path: The HTML file to be made, in the folder that the rows' paths begin from.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    page = render_overview(overview)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render_overview(overview: Overview) -> str:
    """Return the page as HTML."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=percent, link=lambda path: quote(path.as_posix()))
    source = resources.files("crossres.report").joinpath("cohort_page.html.j2").read_text("utf-8")
    return environment.from_string(source).render(overview=overview)
