"""The page in a real browser: it draws, its panes stay together, and nothing leaves the machine.

Set CROSSRES_SCREENSHOTS to a folder to look at what the tests saw.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.mouse_button import MouseButton
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from crossres.io import read, write
from crossres.report.maps import read_maps
from crossres.viewer import Viewer

pytestmark = pytest.mark.browser

Pixels = NDArray[np.uint8]
Running = Callable[[Path], Any]
PANES = ["interpolated", "result", "input", "guide"]
RESULT = 1
FOOT = 44
"""Lines below the panes in a screenshot."""
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--use-gl=angle",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
    "--force-device-scale-factor=1", "--window-size=1280,800",
]  # fmt: skip
PATIENCE = 300


class Page:
    """The page of one viewer in one browser."""

    def __init__(self, driver: webdriver.Chrome, viewer: Viewer) -> None:
        self.driver, self.viewer = driver, viewer
        driver.get(viewer.url)
        self.wait(lambda: self.js("return document.body.dataset.ready"))

    def js(self, code: str, *values: object) -> Any:
        return self.driver.execute_script(code, *values)  # type: ignore[no-untyped-call]

    def wait(self, condition: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, PATIENCE).until(lambda _: condition())

    def find(self, selector: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        text: str = self.find(selector).text
        return text

    def press(self, *keys: str) -> None:
        """Press keys one after the other, where no field has the focus."""
        self.js("document.activeElement.blur()")
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()
        self.settle()

    def settle(self) -> None:
        """Wait until the next picture has been drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )

    def resize(self, width: int, height: int) -> None:
        """Give the page this many pixels, whatever the window takes for itself."""
        own = self.js("return [outerWidth - innerWidth, outerHeight - innerHeight]")
        self.driver.set_window_size(width + own[0], height + own[1])
        self.wait(lambda: self.js("return [innerWidth, innerHeight]") == [width, height])
        self.settle()

    def places(self) -> NDArray[np.float64]:
        """Where the cross-hair of each pane is, in mm."""
        panes = self.all(".pane")
        return np.array([[float(n) for n in p.get_attribute("data-mm").split()] for p in panes])

    def picture(self, name: str = "") -> Pixels:
        png = self.driver.get_screenshot_as_png()
        if name and "CROSSRES_SCREENSHOTS" in os.environ:
            (Path(os.environ["CROSSRES_SCREENSHOTS"]) / f"{name}.png").write_bytes(png)
        return np.asarray(Image.open(BytesIO(png)).convert("RGB"))

    def panes(self, name: str = "") -> list[Pixels]:
        """The pixels of each canvas as they are on the screen, with what lies over them."""
        shot = self.picture(name)
        boxes = [canvas.rect for canvas in self.all(".stage canvas")]
        corners = [[round(b[k]) for k in ("x", "y", "width", "height")] for b in boxes]
        return [shot[y : y + h, x : x + w] for x, y, w, h in corners]


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    own = shutil.which("chromedriver")
    if browser is None or own is None:
        pytest.skip("NO CHROMIUM: install chromium and chromium-driver (docs/how-to/viewer.md)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(own))
    found.set_page_load_timeout(PATIENCE)
    found.set_script_timeout(PATIENCE)
    yield found
    found.quit()


@pytest.fixture(scope="module")
def opened(driver: webdriver.Chrome, made: Path, running: Running) -> Iterator[Page]:
    with running(made) as viewer:
        yield Page(driver, viewer)


@pytest.fixture
def page(opened: Page) -> Iterator[Page]:
    """Return the page in its first state; afterwards check its requests and its errors."""
    opened.resize(1280, 800)
    opened.press(Keys.ESCAPE, "g", "1", "0", "w")
    opened.js(
        "const o = document.getElementById('overlay'); "
        "for (o.value of ['difference', '']) o.onchange()"
    )
    yield opened
    complaints = [entry for entry in opened.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert complaints == []
    messages = [json.loads(e["message"])["message"] for e in opened.driver.get_log("performance")]
    requests = [
        m["params"]["request"] for m in messages if m["method"] == "Network.requestWillBeSent"
    ]
    for request in requests:
        assert request["method"] == "GET"
        assert request["url"].startswith((opened.viewer.url, "data:", "blob:"))


def coloured(pixels: Pixels) -> int:
    """Count pixels that are blue or orange and not grey or the cross-hair's yellow."""
    red, green, blue = (pixels[..., n].astype(int) for n in range(3))
    return int(((blue - red > 60) | ((red - blue > 60) & (red - green > 60))).sum())


def test_every_volume_is_drawn(page: Page) -> None:
    for name, pixels in zip(PANES, page.panes("grid"), strict=True):
        bright = (pixels.max(axis=2) > 40).mean()
        assert 0.05 < bright < 0.9, name
    titles = [Select(s).first_selected_option.text for s in page.all(".pane select")]
    assert titles == ["Interpolated (cubic)", "Result", "Scan", "Guide"]
    assert page.driver.title == "SR.nii.gz"


def voxels(result: Path, mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mm as fractions of voxels of the result."""
    place: NDArray[np.float64] = (np.linalg.inv(read(result).grid.affine) @ [*mm, 1])[:3]
    return place


def test_a_click_moves_the_cross_hair_everywhere(page: Page, made: Path) -> None:
    page.press("2")
    before, pictures = page.places(), page.panes()
    assert np.ptp(before, axis=0).max() < 0.1
    middle = voxels(made, before[0])
    canvas = page.find('[data-default^="guide"] canvas')
    ActionChains(page.driver).move_to_element_with_offset(canvas, 40, -30).click().perform()
    page.wait(lambda: not np.allclose(page.places()[0], before[0], atol=1))
    page.settle()
    after = page.places()
    assert np.ptp(after, axis=0).max() < 0.1
    # The middle of the canvas is that of the head, and the patient's left on the right.
    right, anterior, superior = voxels(made, after[0]) - middle
    assert right + 0.5 == pytest.approx(-40 / 30 * (anterior + 0.5), abs=0.7)
    assert superior == pytest.approx(0, abs=0.1)
    for old, new in zip(pictures, page.panes(), strict=True):
        assert (old != new).any()


def test_keys_move_by_voxels_of_the_result(page: Page, made: Path) -> None:
    start = page.places()[0]
    assert voxels(made, start) == pytest.approx([16, 20, 6], abs=1.01)
    axes = read(made).grid.affine[:3, :3]
    for keys, step in (
        ([Keys.ARROW_UP], (0, 1, 0)), ([Keys.PAGE_UP] * 2, (0, 0, 2)),
        ([Keys.ARROW_RIGHT] * 3, (-3, 0, 0)), ([Keys.ARROW_LEFT, Keys.ARROW_DOWN], (1, -1, 0)),
    ):  # fmt: skip
        page.press(*keys)
        start = start + axes @ step
        assert np.abs(page.places() - start).max() < 0.1
    page.press("r", Keys.ARROW_RIGHT)
    assert page.places()[0] == pytest.approx(start + axes[:, 0], abs=0.1)
    assert page.text("#radiological") == "Right on right"
    page.press("r", "0")


def test_the_mouse_scrolls_zooms_and_shifts(page: Page, made: Path) -> None:
    page.press("2")
    canvas = page.find('[data-default="interpolated"] canvas')
    start, over = page.places(), ScrollOrigin.from_element(canvas, 20, 20)
    chain = ActionChains(page.driver)
    chain.scroll_from_origin(over, 0, -120).perform()
    page.wait(lambda: not np.allclose(page.places()[3], start[3], atol=0.5))
    scrolled, pictures = page.places(), page.panes()
    change = voxels(made, scrolled[0]) - voxels(made, start[0])
    assert np.abs(change[:2]).max() < 0.05 < abs(change[2])

    chain = ActionChains(page.driver).key_down(Keys.CONTROL)
    chain.scroll_from_origin(over, 0, -120).key_up(Keys.CONTROL).perform()
    page.settle()
    zoomed = page.panes()
    shifting = ActionBuilder(page.driver)
    pointer = shifting.pointer_action
    pointer.move_to(canvas).pointer_down(MouseButton.MIDDLE).move_to(canvas, 30, 30)
    pointer.move_to(canvas, 40, 40).pointer_up(MouseButton.MIDDLE)
    shifting.perform()
    page.settle()
    page.settle()
    shifted = page.panes("shifted")
    for a, b, c in zip(pictures, zoomed, shifted, strict=True):
        assert (a != b).any()
        assert (b != c).any()
    assert np.abs(page.places() - scrolled).max() < 0.1


def test_values_are_those_in_the_files(page: Page, made: Path) -> None:
    page.press(Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_LEFT, Keys.PAGE_UP)
    voxel = [int(n) for n in re.findall(r"-?\d+", page.text("#place").split("voxel")[1])]
    folder = made.with_name("SR.maps")
    files = {"Result": made, **{v.title: folder / v.file for v in read_maps(folder).volumes}}
    shown = {
        r.text.rsplit(" ", 1)[0]: r.text.rsplit(" ", 1)[1] for r in page.all("#values tbody tr")
    }
    assert set(shown) == set(files)
    mm = nib.load(made).affine @ [*voxel, 1]
    for name, path in files.items():
        image = nib.load(path)
        place = tuple(np.rint(np.linalg.inv(image.affine) @ mm).astype(int)[:3])
        value = image.get_fdata()[place]
        assert float(shown[name]) == pytest.approx(value, rel=1e-3, abs=1e-3), name
    in_panes = [float(p.text) for p in page.all(".pane .value")]
    titles = ["Interpolated (cubic)", "Result", "Scan", "Guide"]
    assert in_panes == [float(shown[title]) for title in titles]


def test_the_overlay_lies_over_the_result(page: Page) -> None:
    assert max(coloured(pixels) for pixels in page.panes()) == 0
    page.press("o")
    counts = [coloured(pixels) for pixels in page.panes("overlay")]
    assert counts.pop(RESULT) > 300
    assert counts == [0, 0, 0]
    assert page.text("#ticks").split() == ["-200", "0", "200"]
    shown = [legend.text.split() for legend in page.all(".legend") if legend.is_displayed()]
    assert shown == [["-200", "200"]]
    assert "intensity of the scan" in page.text("#colourbar figcaption")
    strong = page.panes()[RESULT].astype(int)
    page.press("[", "[")
    assert page.text("#opacity-value") == "40 %"
    faint = page.panes()[RESULT].astype(int)
    assert np.ptp(faint, axis=2).sum() < 0.8 * np.ptp(strong, axis=2).sum()
    page.press("]", "]")
    page.find("#everywhere").click()
    page.settle()
    assert min(coloured(pixels) for pixels in page.panes()) > 100
    page.find("#everywhere").click()
    page.press("o")
    assert coloured(page.panes()[RESULT]) == 0
    assert not page.find("#colourbar").is_displayed()


def test_every_map_of_the_folder_can_be_chosen(page: Page) -> None:
    seen = []
    for _ in range(4):
        page.press("n")
        seen.append(Select(page.find("#overlay")).first_selected_option.text)
    assert seen == ["Added detail", "Residual", "Standard deviation", "none"]


def test_what_is_near_zero_can_be_hidden(page: Page) -> None:
    page.press("o")
    before = coloured(page.panes()[RESULT])
    page.js(
        "const slider = document.getElementById('threshold'); slider.value = 70; slider.oninput()"
    )
    page.settle()
    page.settle()
    assert page.text("#threshold-value") == "140"
    assert coloured(page.panes()[RESULT]) < 0.7 * before
    page.js(
        "const slider = document.getElementById('threshold'); slider.value = 30; slider.oninput()"
    )
    page.press("o")


def test_each_map_has_a_threshold_of_its_own_which_hides_no_small_deviations(page: Page) -> None:
    signed, from_zero = "60", "0"
    found = []
    for _ in range(3):
        page.press("n")
        found.append(page.text("#threshold-value"))
    assert (found[0], found[2]) == (signed, from_zero)
    page.press("n", "n")
    assert page.text("#threshold-value") == signed
    page.press("n", "n", "n")
    assert Select(page.find("#overlay")).first_selected_option.text == "none"


def test_before_and_after_with_a_slider(page: Page) -> None:
    page.press("c", "2")
    page.settle()
    canvas = page.find('[data-default="result"] canvas').rect
    assert canvas["width"] > 900
    left, right = (slice(0, 400), slice(500, 900))
    split = {}
    for value in (0, 50, 100):
        page.js(
            "const s = document.getElementById('split'); s.value = arguments[0]; s.oninput()", value
        )
        page.settle()
        split[value] = page.picture(f"compare-{value}")[100:700]
    assert (split[0][:, left] != split[100][:, left]).any()
    assert (split[50][:, left] == split[100][:, left]).all()
    assert (split[50][:, right] == split[0][:, right]).all()
    page.press("b")
    assert page.find("#split").get_attribute("value") == "0"
    assert (page.picture()[100:700][:, left] == split[0][:, left]).all()


def test_one_pane_large_in_any_plane(page: Page) -> None:
    page.press("e")
    visible = [p.get_attribute("data-default") for p in page.all(".pane") if p.is_displayed()]
    assert len(visible) == 1
    pictures = []
    for key in "12345":
        page.press(key)
        pictures.append(page.picture(f"one-{key}"))
        assert (pictures[-1][100:700, :900].max(axis=2) > 40).mean() > 0.03
    assert all((a != b).any() for a, b in pairwise(pictures))


def test_smooth_and_cross_hair(page: Page) -> None:
    for key, name in (("i", "smooth"), ("x", "crosshair")):
        before = page.panes()
        page.press(key)
        assert all((a != b).any() for a, b in zip(before, page.panes(), strict=True)), name
        page.press(key)


def test_zoom_keeps_the_cross_hair_and_comes_back(page: Page) -> None:
    place, before = page.places(), page.panes()
    page.press("+", "+", "+")
    assert np.abs(page.places() - place).max() < 0.1
    zoomed = page.panes("zoomed")
    assert all((a > 40).mean() < (b > 40).mean() for a, b in zip(before, zoomed, strict=True))
    page.press("0")
    assert all((a == b).all() for a, b in zip(before, page.panes(), strict=True))


def grey_window(page: Page) -> list[float]:
    return [float(page.find(f"#{field}").get_attribute("value")) for field in ("window", "level")]


def test_the_grey_window_is_shared(page: Page) -> None:
    def set_window(value: str) -> list[float]:
        field = page.find("#window")
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(value + Keys.ENTER)
        page.settle()
        return [float(pixels[100:-100, 150:-150].std()) for pixels in page.panes()]

    page.press("2", "x")
    assert grey_window(page) == [1000, 500]
    before, flatter = set_window("1000"), set_window("4000")
    page.press("x")
    assert all(f < 0.5 * b for f, b in zip(flatter[:3], before[:3], strict=True))
    assert flatter[3] == pytest.approx(before[3])
    page.press("w")
    assert grey_window(page) == [1000, 500]


def drag(page: Page, name: str, start: tuple[int, int], end: tuple[int, int], button: int) -> None:
    """Drag in a pane; positions in pixels from the middle of its canvas."""
    canvas, action = page.find(f'[data-default^="{name}"] canvas'), ActionBuilder(page.driver)
    half = [(start[n] + end[n]) // 2 for n in (0, 1)]
    pointer = action.pointer_action.move_to(canvas, *start).pointer_down(button)
    pointer.move_to(canvas, *half).move_to(canvas, *end).pointer_up(button)
    action.perform()
    page.settle()
    page.settle()


def test_the_right_button_changes_window_and_level(page: Page) -> None:
    place, before = page.places(), page.panes()
    drag(page, "result", (0, 0), (40, 20), MouseButton.RIGHT)
    assert grey_window(page) == pytest.approx([1000 + 100, 500 + 50])
    darker = page.panes()
    assert all(b.mean() > d.mean() for b, d in zip(before[:3], darker[:3], strict=True))
    assert (page.places() == place).all()
    drag(page, "guide", (0, 0), (-60, 0), MouseButton.RIGHT)
    assert grey_window(page) == pytest.approx([1500 * (1 - 60 / 400), 750])
    assert page.text("#window-of") == "intensity of the guide"
    page.press("w")
    assert grey_window(page) == [1500, 750]
    page.find('[data-default="result"] canvas').click()
    assert grey_window(page) == [1000, 500]


SIDES = {"2": ("R", "L", "A", "P"), "3": ("R", "L", "S", "I"), "4": ("A", "P", "S", "I")}
"""Letters left, right, above and below in each plane, as in the report."""
AXIS = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}


def letters(page: Page) -> list[tuple[str, ...]]:
    """Return the letters of every pane: left, right, top, bottom."""
    sides = ("left", "right", "top", "bottom")
    return [
        tuple(pane.find_element(By.CSS_SELECTOR, f"text.{side}").text for side in sides)
        for pane in page.all(".pane")
    ]


@pytest.mark.parametrize("key", SIDES)
def test_letters_name_the_sides_to_which_a_click_moves(page: Page, made: Path, key: str) -> None:
    page.press(key)
    assert letters(page) == [SIDES[key]] * 4
    start = voxels(made, page.places()[0])
    for offset, letter in ((-40, 0), SIDES[key][0]), ((0, -40), SIDES[key][2]):
        page.press("0")
        canvas = page.find('[data-default="result"] canvas')
        ActionChains(page.driver).move_to_element_with_offset(canvas, *offset).click().perform()
        page.settle()
        change = (voxels(made, page.places()[0]) - start)[AXIS[letter]]
        assert change > 1 if letter in "RAS" else change < -1


def test_letters_follow_the_side_of_the_patient_s_right(page: Page) -> None:
    page.press("r", "2")
    assert letters(page) == [("L", "R", "A", "P")] * 4
    page.press("4")
    assert letters(page) == [SIDES["4"]] * 4  # the nose stays on the left
    page.press("r")


@pytest.mark.parametrize("size", [(1280, 800), (800, 600)])
@pytest.mark.parametrize("key", SIDES)
def test_the_head_fills_its_pane(page: Page, key: str, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.press(key, "x")
    for pixels in page.panes(f"filled-{key}-{size[0]}")[:2]:
        inner = pixels[30:-20, 22:-22].max(axis=2) > 60  # without captions and letters
        spans = [np.ptp(np.flatnonzero(inner.any(axis=axis))) for axis in (0, 1)]
        room = (inner.shape[1], inner.shape[0])
        assert max(span / full for span, full in zip(spans, room, strict=True)) > 0.9
        edge = np.concatenate([pixels[[0, -1]].ravel(), pixels[:, [0, -1]].ravel()])
        assert np.median(edge) < 40, "the head is inside of its pane"
    page.press("x")


def test_the_ruler_measures_the_head(page: Page, made: Path) -> None:
    page.press("2", "x")
    pixels = page.panes()[RESULT]
    page.press("m", "x")
    height, width = pixels.shape[:2]
    row = height // 2 + 20  # off the letters
    bright = np.flatnonzero(pixels[row, 25:-25].max(axis=1) > 60) + 25
    ends = [(int(x) - width // 2, row - height // 2) for x in (bright[0], bright[-1])]
    place = page.places()
    drag(page, "result", *ends, MouseButton.LEFT)
    (distance,) = re.findall(r"[\d.]+(?= mm)", page.text("#distance"))
    assert (page.places() == place).all(), "the cross-hair stays"
    texts = [line.text for line in page.all(".pane text.distance")]
    assert texts == [f"{distance} mm"] * 4
    canvas = page.find('[data-default="result"] canvas')
    page.press("m")
    assert page.text("#distance") == ""
    ActionChains(page.driver).move_to_element_with_offset(canvas, *ends[0]).click().perform()
    page.settle()
    image = read(made)
    anterior, superior = np.rint(voxels(made, page.places()[0])[1:]).astype(int)
    line = np.flatnonzero(image.canonical().data[:, anterior, superior] > 60 / 255 * 1000)
    expected = (np.ptp(line) + 1) * image.grid.spacing[0]
    assert float(distance) == pytest.approx(expected, abs=image.grid.spacing[0])


def test_the_ruler_stays_on_its_slice(page: Page) -> None:
    page.press("2", "m")
    drag(page, "result", (-30, 0), (30, 0), MouseButton.LEFT)
    assert len(page.all(".pane line")) == 4
    page.press(Keys.PAGE_UP)
    assert page.all(".pane line") == []
    page.press(Keys.PAGE_DOWN)
    assert len(page.all(".pane line")) == 4
    page.press("m")


def test_a_screenshot_is_what_the_panes_show(page: Page, tmp_path: Path) -> None:
    page.press("4", "o")
    allow = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    page.find("#screenshot").click()
    file = tmp_path / "SR_sagittal.png"
    page.wait(file.exists)
    picture = Image.open(file)
    box = page.find("#panes").rect
    assert picture.format == "PNG"
    assert picture.size == (round(box["width"]), round(box["height"]) + FOOT)
    saved, (left, top) = np.asarray(picture.convert("RGB")), (box["x"], box["y"])
    for shown, canvas in zip(page.panes(), page.all(".stage canvas"), strict=True):
        y, x = round(canvas.rect["y"] - top), round(canvas.rect["x"] - left)
        height, width = shown.shape[:2]
        both = (saved[y : y + height, x : x + width][30:], shown[30:])  # without the captions
        assert np.corrcoef(*(pixels.ravel() for pixels in both))[0, 1] > 0.98
    foot = saved[-FOOT:].max(axis=2)
    assert (foot > 150).mean() > 0.01, "place, grey window and legend"
    page.press("o")


@pytest.mark.parametrize(
    ("factors", "plane"),
    [
        ((1, 1, 3), "sagittal"), ((3, 1, 1), "axial"), ((1, 3, 1), "sagittal"),
        ((4, 4, 1), "axial"), ((2, 1, 4), "coronal"), ((2, 2, 2), "sagittal"),
    ],
)  # fmt: skip
def test_the_plane_contains_the_enhanced_axes(
    page: Page, factors: tuple[int, ...], plane: str
) -> None:
    found = page.driver.execute_async_script(
        "const [factors, done] = arguments; import('./framing.js').then(({ enhancedPlane }) => "
        "done(enhancedPlane({pixDimsRAS: [0, 1, 1, 1]}, {pixDimsRAS: [0, ...factors]})))",
        factors,
    )
    assert found == plane


def drop(page: Page, file: Path, selector: str) -> None:
    """Drop a file as a user does, from outside of the browser."""
    box = page.find(selector).rect
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        page.driver.execute_cdp_cmd(
            "Input.dispatchDragEvent", {"type": kind, "data": data, **place}
        )


def test_a_dropped_volume_is_shown_and_not_sent(page: Page, made: Path, tmp_path: Path) -> None:
    result = read(made)
    mine = tmp_path / "mine.nii.gz"
    write(result.with_data(np.full(result.data.shape, 7.0) + result.data), mine)
    before = page.panes()
    drop(page, mine, '[data-default^="guide"] canvas')
    page.wait(lambda: "mine.nii.gz is shown" in page.text("#status"))
    page.settle()
    pane = Select(page.find('[data-default^="guide"] select'))
    assert pane.first_selected_option.text == "mine.nii.gz"
    assert (page.panes("dropped")[3] != before[3]).any()
    shown = {
        r.text.rsplit(" ", 1)[0]: float(r.text.rsplit(" ", 1)[1])
        for r in page.all("#values tr")[1:]
    }
    assert shown["mine.nii.gz"] == pytest.approx(shown["Result"] + 7, rel=1e-3)
    assert "mine.nii.gz" in [o.text for o in Select(page.find("#overlay")).options]
    pane.select_by_visible_text("Guide")


def test_a_dropped_file_that_is_no_volume_is_named(page: Page, tmp_path: Path) -> None:
    (tmp_path / "letter.nii").write_text("Dear colleague, " * 100)
    drop(page, tmp_path / "letter.nii", '[data-default="input"] canvas')
    page.wait(lambda: "letter.nii cannot be read" in page.text("#status"))
    complaints = [e["message"] for e in page.driver.get_log("browser") if e["level"] == "SEVERE"]
    assert all("niivue-error" in complaint for complaint in complaints)
    assert Select(page.find('[data-default="input"] select')).first_selected_option.text == "Scan"


def test_numbers_and_warnings_are_text(page: Page) -> None:
    assert page.text("#headline") == "The result agrees with the scan"
    assert "<b>beyond it</b>" in page.text("#warnings")
    facts = page.text("#facts").splitlines()
    listed = dict(zip(facts[::2], facts[1::2], strict=True))
    assert listed["data-consistency error"] == "7.4 % interpolated (cubic), 0.31 % result"
    assert listed["factors"] == "2 × 2 × 1"
    assert listed["weights"] == "t1-t2-axial-x2"
    assert listed["alignment"] == "mean displacement 2.50 mm in the head, angle 1.25°"
    assert "not for diagnosis" in page.text(".caution")


def test_the_alignment_of_the_guide_is_listed(page: Page) -> None:
    def alignment(**sidecar: object) -> str:
        facts: dict[str, str] = page.driver.execute_async_script(
            "const [sidecar, done] = arguments; import('./facts.js')"
            ".then(({ facts }) => done(Object.fromEntries(facts(sidecar))))",
            {"inputs": {"guide": {"file": "T1.nii.gz"}}, **sidecar},
        )
        return facts["alignment"]

    moved = {"displacement_mm": 1.234, "rotation_deg": 0.5, "translation_mm": [30.0, 40.0, 0.0]}
    expected = "mean displacement 1.23 mm in the head, angle 0.50°"
    assert alignment(registration=moved) == expected
    assert alignment(registration=None, transform=moved) == expected
    assert alignment(registration={"start": "headers"}) == "guide registered"  # of 0.1
    kept = {"displacement_mm": 0.0, "rotation_deg": 0.0}
    assert alignment(registration=kept) == "already aligned"
    assert alignment(registration=moved, guide_left_out=True) == "guide left out: it does not fit"
    assert alignment(settings={"register": False}) == "not registered: its header was trusted"


def test_help_explains_every_key(page: Page) -> None:
    page.press("?")
    assert page.find("#keys").is_displayed()
    page.picture("help")
    text = page.text("#keys")
    assert all(word in text for word in ("overlay on, off", "Page up", "drop a file"))
    ActionChains(page.driver).send_keys("c", Keys.ESCAPE).perform()
    assert not page.find("#keys").is_displayed()
    assert page.find("#panes").get_attribute("data-mode") == "grid"


def test_every_control_has_an_accessible_name(page: Page) -> None:
    page.press("c")
    for element in page.all("button, select, input:not([hidden]), canvas"):
        if element.is_displayed():
            assert element.accessible_name, element.get_attribute("outerHTML")[:200]
    for button in page.all("button[aria-pressed]"):
        assert button.get_attribute("aria-pressed") in ("true", "false")


@pytest.mark.parametrize("size", [(1280, 800), (800, 600), (600, 900)])
def test_nothing_sticks_out(page: Page, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.settle()
    page.picture(f"width-{size[0]}")
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    assert all((pixels.max(axis=2) > 40).mean() > 0.03 for pixels in page.panes())


def test_thick_slices_are_shown_across(
    driver: webdriver.Chrome, thick: Path, running: Running
) -> None:
    with running(thick) as viewer:
        page = Page(driver, viewer)
        pressed = [b.text for b in page.all('button[data-plane][aria-pressed="true"]')]
        assert pressed == ["Sagittal"]
        assert letters(page) == [SIDES["4"]] * 4
        titles = [Select(s).first_selected_option.text for s in page.all(".pane select")]
    assert titles == ["Interpolated (cubic)", "Result", "Scan", "Added detail"]


def test_the_reason_is_shown_where_the_json_cannot_be(
    driver: webdriver.Chrome, result: Path, running: Running
) -> None:
    result.with_name("SR.json").write_text('{"consistency": {"result": NaN}}')
    with running(result) as viewer:
        driver.get(viewer.url)
        found = driver.find_element(By.ID, "status")
        WebDriverWait(driver, PATIENCE).until(lambda _: "Cannot" in found.text)
        assert "the JSON file of SR.nii.gz holds what JSON does not allow" in found.text
    for kind in ("browser", "performance"):
        driver.get_log(kind)  # the page reports the same there
