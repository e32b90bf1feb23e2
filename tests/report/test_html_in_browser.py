"""In a browser the report begins with the pictures, and an enlarged one fits the window."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium import webdriver

from crossres.physics import Consistency
from crossres.report.checks import Check
from crossres.report.html import PlaneView, Report, write_report
from crossres.report.stage import Stage
from crossres.report.verdict import verdict_from_checks

pytestmark = pytest.mark.browser
WIDTH, HEIGHT = 1280, 700


def picture(width: int, height: int) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), "gray").save(stream, format="PNG")
    return stream.getvalue()


@pytest.fixture
def page(driver: webdriver.Chrome, tmp_path: Path) -> webdriver.Chrome:
    """Return a report with seven checks, five warnings, and pictures of an axial head."""
    tall = picture(660, 780)
    checks = [Check.at_most(f"check_{n}", 0.001, 0.02, "A number.") for n in range(7)]
    stage = Stage({"interpolated (cubic)": tall, "result": tall}, aspect=660 / 780)
    report = Report(
        "A head", {"input": "a head"},
        verdict=verdict_from_checks(Consistency(0.07, 0.001), checks, kind="exact"),
        checks=checks, warnings=[f"Warning {n}." for n in range(5)],
        views=[PlaneView("axial", "axial", stage, figures={"slices": picture(1600, 1500)})],
    )  # fmt: skip
    write_report(report, tmp_path / "report.html")
    driver.get(f"file://{tmp_path}/report.html")
    return driver


def box(page: webdriver.Chrome, selector: str) -> dict[str, float]:
    code = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
    found: dict[str, Any] = page.execute_script(code, selector)  # type: ignore[no-untyped-call]
    return found


def click(page: webdriver.Chrome, selector: str) -> None:
    page.execute_script(f"document.querySelector('{selector}').click()")  # type: ignore[no-untyped-call]


def test_pictures_begin_in_the_first_window(page: webdriver.Chrome) -> None:
    assert box(page, ".stage")["top"] < HEIGHT / 2


@pytest.mark.parametrize(
    ("pressed", "enlarged"), [(".stage", ".large .stage"), ("figure img", "dialog img")]
)
def test_an_enlarged_picture_fits_the_window(
    page: webdriver.Chrome, pressed: str, enlarged: str
) -> None:
    click(page, pressed)
    found = box(page, enlarged)
    assert 0 <= found["left"] < found["right"] <= WIDTH
    assert 0 <= found["top"] < found["bottom"] <= HEIGHT
    assert found["height"] > 0.9 * HEIGHT


def test_a_second_click_shows_every_pixel_and_a_third_closes(page: webdriver.Chrome) -> None:
    click(page, "figure img")
    click(page, "dialog img")
    assert box(page, "dialog img")["width"] == 1600
    click(page, "dialog img")
    assert box(page, "dialog img")["width"] == 0
