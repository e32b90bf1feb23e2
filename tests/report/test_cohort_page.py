"""The page of a cohort lists every case and links to its report."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from crossres.report.cohort_page import (
    MEASURES,
    CaseRow,
    CohortPage,
    render_cohort_page,
    write_cohort_page,
)
from crossres.report.verdict import Level
from crossres.types import OutputExistsError

ROW = CaseRow(
    name="sub-01_T2w",
    report=Path("sub-01/a b.html"),
    picture=Path("sub-01/x#1.png"),
    spacing=("2 x 2 x 4 mm", "1 x 1 x 4 mm"),
    factor="2 x 2 x 1",
    weights="tiny",
    guide="already aligned",
    warnings=(),
    level="good",
    numbers={
        **dict.fromkeys(measure.name for measure in MEASURES),
        "consistency_interpolation": 0.1, "consistency_result": 0.002, "seconds": 12.3,
        "guide_displacement_mm": 1.234,
    },
)  # fmt: skip


def test_a_good_case() -> None:
    page = render_cohort_page(CohortPage("Study", [ROW], {}))
    for text in (
        "Study",
        "<b>1</b> case made",
        "2 x 2 x 1 times finer",
        "already aligned",
        "12.30\u00a0s",
        "1.23\u00a0mm",
    ):
        assert text in page
    assert 'href="sub-01/a%20b.html"' in page
    assert 'src="sub-01/x%231.png"' in page
    assert "level good" in page
    assert "ailed in the last run" not in page


def test_warnings_failures_and_bad_agreement() -> None:
    bad = replace(ROW, level="bad", warnings=("<odd>",), report=None, guide_left_out=True)
    page = render_cohort_page(CohortPage("S", [ROW, bad], {"sub-9": "no guide; add one"}))
    assert "<b>1</b> failed in the last run" in page
    assert "<b>1</b> with warnings, <b>1</b> not in good agreement" in page
    assert "<b>1</b> with a guide that was left out" in page
    assert "&lt;odd&gt;" in page
    assert "level bad" in page
    assert "no guide; add one" in page


def numbers(page: str, column: str) -> list[str]:
    """Return the values by which a column is sorted."""
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", page)
    rows = re.findall(r"<tbody>\n<tr>\n.*?</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[dh]( [^>]*)?>", row)[heads.index(column)] for row in rows]
    return [re.findall(r'data-value="([^"]*)"', cell)[0] for cell in cells]


def test_columns_are_sorted_by_numbers_and_missing_ones_are_named() -> None:
    noisy = replace(ROW, numbers={**ROW.numbers, "noise": 0.031})
    page = render_cohort_page(CohortPage("S", [ROW, noisy], {}))
    assert numbers(page, "noise") == ["", "0.031"]
    assert numbers(page, "guide moved") == ["1.234", "1.234"]
    assert "3.1\u00a0%" in page
    assert '<span class="soft">n/a</span>' in page


def test_each_measure_that_is_known_has_a_distribution() -> None:
    cases = [
        replace(ROW, name=f"case {n}", numbers={**ROW.numbers, "guide_displacement_mm": float(n)})
        for n in range(5)
    ]
    page = render_cohort_page(CohortPage("S", cases, {}))
    assert page.count("<svg") == 4
    assert "<title>case 3: 3.00\u00a0mm</title>" in page
    assert page.count('<a href="sub-01/a%20b.html"><circle') == 4 * 5


def test_a_result_of_an_earlier_version_has_no_verdict() -> None:
    page = render_cohort_page(CohortPage("S", [replace(ROW, level=None)], {}))
    assert numbers(page, "verdict") == [""]
    assert "<b>0</b> not in good agreement" in page
    assert "level good" not in page
    assert '<div class="level ">n/a</div>' in page


@pytest.mark.parametrize("level", ["good", "doubtful", "bad"])
def test_the_verdict_has_the_word_of_table_and_sidecar(level: Level) -> None:
    page = render_cohort_page(CohortPage("S", [replace(ROW, level=level)], {}))
    assert f'<div class="level {level}">{level}</div>' in page
    assert f'<g class="{level}">' in page


def test_words_of_a_case_are_in_a_second_line() -> None:
    page = render_cohort_page(CohortPage("S", [replace(ROW, warnings=("odd", "dark"))], {}))
    first, second = re.findall(r"<tr>\n(?:<th scope=.row|<td class=.case).*?</tr>", page, re.DOTALL)
    for text in ("already aligned", "tiny", "<li>odd</li><li>dark</li>", "2 x 2 x 4 mm"):
        assert text in second
        assert text not in first
    assert numbers(page, "warnings") == ["2"]


def test_no_cases_and_no_picture() -> None:
    assert "<h2>Cases" not in render_cohort_page(CohortPage("S", [], {}))
    assert "<img" not in render_cohort_page(CohortPage("S", [replace(ROW, picture=None)], {}))


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    write_cohort_page(CohortPage("S", [ROW], {}), tmp_path / "index.html")
    with pytest.raises(OutputExistsError):
        write_cohort_page(CohortPage("S", [ROW], {}), tmp_path / "index.html")
    write_cohort_page(CohortPage("T", [], {}), tmp_path / "index.html", overwrite=True)
    assert "<h1>T</h1>" in (tmp_path / "index.html").read_text()
