"""In a browser of 1280 pixels all numbers of a case are visible, and dots have their verdict."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from crossres.report.cohort_page import MEASURES, CaseRow, CohortPage, write_cohort_page

pytestmark = pytest.mark.browser
ROW = CaseRow(
    name="sub-01_ses-baseline_acq-tse_run-1_T2w", report=None, picture=None,
    spacing=("0.469 x 0.469 x 4 mm", "0.469 x 0.469 x 1 mm"), factor="1 x 1 x 4",
    weights="guided-any-through-plane-x5@2", guide="moved by 3.28 mm, 1.50 degrees",
    warnings=("the spacing is outside that of the weights " * 4,), level="good",
    numbers={each.name: -12.345 if each.unit == "dB" else 0.00001 for each in MEASURES},
)  # fmt: skip
LEVELS = ("bad", "good", None, "doubtful")


@pytest.fixture
def page(driver: webdriver.Chrome, tmp_path: Path) -> webdriver.Chrome:
    cases = [replace(ROW, name=f"{n}{ROW.name}", level=one) for n, one in enumerate(LEVELS)]  # type: ignore[arg-type]
    write_cohort_page(CohortPage("Study", cases, {}), tmp_path / "index.html")
    driver.get(f"file://{tmp_path}/index.html")
    return driver


def run(page: webdriver.Chrome, code: str) -> Any:
    return page.execute_script(f"return {code}")  # type: ignore[no-untyped-call]


def test_the_table_fits_the_window(page: webdriver.Chrome) -> None:
    wide = "document.querySelector('.wide')"
    assert run(page, f"{wide}.scrollWidth") <= run(page, f"{wide}.clientWidth")
    assert run(page, "document.documentElement.scrollWidth") <= 1280


def test_dots_have_the_colour_of_their_verdict(page: webdriver.Chrome) -> None:
    dots, marks = (
        run(page, f"[...document.querySelectorAll('{s}')].map(e => getComputedStyle(e).{p})")
        for s, p in (("figure:first-child circle", "fill"), (".level", "borderLeftColor"))
    )
    assert dots[:2] == marks[:2]
    assert dots[3] == marks[3]
    assert len(set(dots)) == 4


def test_cases_are_sorted_with_their_second_line(page: webdriver.Chrome) -> None:
    run(page, "document.querySelectorAll('#cases thead th')[1].click()")
    names = run(page, "[...document.querySelectorAll('#cases tbody')].map(b => b.innerText[0])")
    assert names == ["1", "3", "0", "2"]
    rows = run(page, "[...document.querySelectorAll('#cases tbody')].map(b => b.rows.length)")
    assert rows == [2, 2, 2, 2]
