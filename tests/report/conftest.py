"""Slices of one field of view, for the pictures, and a browser for the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crossres.report.slices import Slice

if TYPE_CHECKING:
    from selenium import webdriver


@pytest.fixture
def panels() -> dict[str, Slice]:
    """Return a fine slice, what a coarse scan makes of it, and another contrast."""
    rng = np.random.default_rng(1)
    reference = np.zeros((48, 40))
    reference[8:40, 8:32] = 100 + 10 * rng.random((32, 24))
    coarse = reference.reshape(24, 2, 20, 2).mean(axis=(1, 3))
    interpolated = coarse.repeat(2, 0).repeat(2, 1)
    images = {
        "input": coarse, "interpolated": interpolated, "guide": 900 - reference,
        "reference": reference,
    }  # fmt: skip
    return {name: Slice(data, 40.0, 48.0, ("R", "L", "A", "P")) for name, data in images.items()}


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    """Return a browser with a window of 1280 x 700 pixels."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    browser, own = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or own is None:
        pytest.skip("NO CHROMIUM: install chromium and chromium-driver (docs/how-to/viewer.md)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{flag}")
    found = webdriver.Chrome(options=options, service=Service(own))
    size = {"width": 1280, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    found.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[no-untyped-call]
    yield found
    found.quit()
