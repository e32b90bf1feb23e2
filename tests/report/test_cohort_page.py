"""The page of a cohort lists every case and links to its report."""

from dataclasses import replace
from pathlib import Path

import pytest

from crossres.physics import Consistency
from crossres.report.cohort_page import (
    CaseRow,
    CohortPage,
    render_cohort_page,
    write_cohort_page,
)
from crossres.types import OutputExistsError

ROW = CaseRow(
    name="sub-01_T2w",
    report=Path("sub-01/a b.html"),
    picture=Path("sub-01/x#1.png"),
    spacing=("2 x 2 x 4 mm", "1 x 1 x 4 mm"),
    factor="2 x 2 x 1",
    weights="tiny",
    guide="already aligned",
    consistency=Consistency(0.1, 0.002),
    seconds=12.3,
    warnings=(),
)


def test_a_good_case() -> None:
    page = render_cohort_page(CohortPage("Study", [ROW], {}))
    for text in ("Study", "<b>1</b> case made", "2 x 2 x 1 finer", "already aligned", "12 s"):
        assert text in page
    assert 'href="sub-01/a%20b.html"' in page
    assert 'src="sub-01/x%231.png"' in page
    assert "level good" in page
    assert "ailed in the last run" not in page


def test_warnings_failures_and_bad_agreement() -> None:
    bad = replace(ROW, consistency=Consistency(0.1, 0.2), warnings=("<odd>",), report=None)
    page = render_cohort_page(CohortPage("S", [ROW, bad], {"sub-9": "no guide; add one"}))
    assert "<b>1</b> failed in the last run" in page
    assert "<b>1</b> with warnings, <b>1</b> not in good agreement" in page
    assert "&lt;odd&gt;" in page
    assert "level bad" in page
    assert "no guide; add one" in page


def test_noise_is_a_share_or_not_found() -> None:
    assert "<td>not found</td>" in render_cohort_page(CohortPage("S", [ROW], {}))
    noisy = replace(ROW, noise=0.031)
    assert "<td>3.1 %</td>" in render_cohort_page(CohortPage("S", [noisy], {}))


def test_no_cases_and_no_picture() -> None:
    assert "<h2>Cases" not in render_cohort_page(CohortPage("S", [], {}))
    assert "<img" not in render_cohort_page(CohortPage("S", [replace(ROW, picture=None)], {}))


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    write_cohort_page(CohortPage("S", [ROW], {}), tmp_path / "index.html")
    with pytest.raises(OutputExistsError):
        write_cohort_page(CohortPage("S", [ROW], {}), tmp_path / "index.html")
    write_cohort_page(CohortPage("T", [], {}), tmp_path / "index.html", overwrite=True)
    assert "<h1>T</h1>" in (tmp_path / "index.html").read_text()
