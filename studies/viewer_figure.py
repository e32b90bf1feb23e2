"""Draw the figure of the viewer: a digital phantom with thick slices, in a real Chromium.

    OMP_NUM_THREADS=1 python -m studies.viewer_figure

The T2w of the phantom has axial slices of 4 mm and is enhanced to 1 mm with the shipped weights and
the default settings. The page is then shown at 1280 x 800 pixels with the added detail as overlay.
Without ``--folder`` the result is made in a temporary folder. A few minutes on one core.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from crossres.cli import main as crossres
from crossres.files import atomic
from crossres.io import write
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.viewer import Viewer, open_result
from crossres.volume import Volume, coarse_grid

SEED, SLICES = 101, 4.0
SIZE = (1280, 800)
FLAGS = (
    "--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--force-device-scale-factor=1",
)  # fmt: skip
PROGRAMS = ("chromium", "chromedriver")
PATIENCE = 300
COLOURS = 256


def thick_pair(seed: int, **size: tuple[int, int, int] | float) -> tuple[Volume, Volume]:
    """Return a T1w phantom and its T2w in axial slices four times as thick."""
    guide, reference = make_pair(seed, **size)  # type: ignore[arg-type]
    return guide, degrade(reference, coarse_grid(reference.grid, factor=(1, 1, SLICES)))


def enhanced(folder: Path) -> Path:
    """Enhance the phantom, with maps, unless the folder holds the result."""
    result = folder / "SR.nii.gz"
    if not result.exists():
        for name, volume in zip(("T1w", "T2w"), thick_pair(SEED), strict=True):
            write(volume, folder / f"{name}.nii.gz", overwrite=True)
        target, guide = (str(folder / f"{name}.nii.gz") for name in ("T2w", "T1w"))
        options = ["--guide", guide, "--spacing", "1", "--maps", "-o", str(result)]
        if code := crossres(["enhance", target, *options]):
            raise typer.Exit(code)
    return result


@contextmanager
def page_of(result: Path) -> Iterator[webdriver.Chrome]:
    """Show a result in Chromium, without a window, until the block ends."""
    browser, service = (shutil.which(name) for name in PROGRAMS)
    if browser is None or service is None:
        raise typer.BadParameter(f"{' or '.join(PROGRAMS)} is missing; install both")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in FLAGS:
        options.add_argument(flag)
    viewer = Viewer(open_result(result))
    thread = threading.Thread(target=viewer.run)
    thread.start()
    try:
        with webdriver.Chrome(options=options, service=Service(service)) as driver:
            driver.set_script_timeout(PATIENCE)
            driver.get(viewer.url)
            is_ready = "return document.body.dataset.ready === 'true'"
            WebDriverWait(driver, PATIENCE).until(lambda _: driver.execute_script(is_ready))
            yield driver
    finally:
        viewer.stop()
        thread.join()


def picture(driver: webdriver.Chrome) -> bytes:
    """Return a PNG of the page with the added detail over the result."""
    frame = driver.execute_script("return [outerWidth - innerWidth, outerHeight - innerHeight]")
    driver.set_window_size(SIZE[0] + frame[0], SIZE[1] + frame[1])
    driver.find_element(By.TAG_NAME, "body").send_keys("o")
    driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => requestAnimationFrame(done), 2000)"
    )
    return driver.get_screenshot_as_png()


def compact(png: bytes) -> bytes:
    """Return a picture with a palette: half the size."""
    stream = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def main(
    folder: Annotated[Path | None, typer.Option(help="An existing folder for the result.")] = None,
    out: Annotated[Path, typer.Option(help="The figure.")] = Path("docs/figures/viewer.png"),
) -> None:
    """Enhance a phantom with thick slices and draw the page that shows it."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        page_of(enhanced(folder or Path(temporary))) as driver,
    ):
        png = compact(picture(driver))
    with atomic(out, overwrite=True) as path:
        path.write_bytes(png)


if __name__ == "__main__":
    typer.run(main)
