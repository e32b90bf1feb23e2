"""Pictures are right-sized PNGs, drawn without global state, with one window for one contrast."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from crossres.report.pictures import comparison
from crossres.report.slices import Box, Slice
from crossres.types import SettingsError

EDGES = ("R", "L", "A", "P")


def _pixels(png: bytes) -> np.ndarray:
    return imread(io.BytesIO(png), format="png")[..., :3]


def _cell(pixels: np.ndarray, column: int, columns: int, part: slice) -> np.ndarray:
    width = pixels.shape[1] // columns
    return pixels[part, column * width : (column + 1) * width]


def test_a_row_of_differences_is_added_on_request(panels):
    panels = {name: panels[name] for name in ("interpolated", "reference")}
    without = _pixels(comparison(panels, difference_to=None))
    against = _pixels(comparison(panels, difference_to="reference"))
    assert against.shape[1] == without.shape[1]
    assert against.shape[0] > without.shape[0]


def test_differences_are_coloured_and_only_where_they_can_be_made(panels):
    pixels = _pixels(comparison(panels, difference_to="reference"))
    third = slice(int(0.68 * len(pixels)), int(0.93 * len(pixels)))

    def colourful(column: int) -> bool:
        cell = _cell(pixels, column, 4, third)
        return bool((np.ptp(cell, axis=-1) > 0.2).any())

    assert [colourful(n) for n in range(4)] == [False, True, False, True]


def test_an_exact_result_differs_nowhere(panels):
    exact = {"reference": panels["reference"], "result": panels["reference"]}
    pixels = _pixels(comparison(exact, difference_to="reference"))
    third = slice(int(0.68 * len(pixels)), int(0.93 * len(pixels)))
    assert np.ptp(_cell(pixels, 1, 2, third), axis=-1).max() < 0.05


def test_captions_and_box_change_the_picture(panels):
    panels = {"interpolated": panels["interpolated"]}
    plain = comparison(panels, difference_to=None)
    assert comparison(panels, difference_to=None, captions={"interpolated": "30 dB"}) != plain
    assert comparison(panels, difference_to=None, box=Box(0, 0, 5, 5)) != plain


def test_a_window_can_be_given(panels):
    panels = {name: panels[name] for name in ("guide", "reference")}
    given = _pixels(comparison(panels, difference_to=None, windows={"reference": (0, 1000)}))
    whole = slice(int(0.2 * len(given)), int(0.45 * len(given)))
    assert _cell(given, 0, 2, whole)[..., 2].max() > 0.9
    assert _cell(given, 1, 2, whole)[..., 2].max() < 0.35  # the yellow of the letters has 0.3


def test_what_to_compare_with_must_be_there(panels):
    with pytest.raises(SettingsError, match="'truth'"):
        comparison(panels, difference_to="truth")
    with pytest.raises(SettingsError):
        comparison({"guide": panels["guide"]}, difference_to=None)
    with pytest.raises(SettingsError):
        comparison(panels, difference_to="guide")


def test_a_thin_slab_is_as_wide_as_the_picture():
    random = np.random.default_rng(0)
    images = {name: 100 + random.random((12, 120)) for name in ("input", "cubic", "result")}
    slab = {name: Slice(data, 240.0, 24.0, EDGES) for name, data in images.items()}
    pixels = _pixels(comparison(slab, difference_to="cubic"))
    bright = (pixels.mean(axis=2) > 0.3).mean(axis=1)
    assert (bright > 0.9).sum() > 3 * 0.9 * pixels.shape[1] / 10


def test_no_empty_slice_stops_the_picture():
    empty = Slice(np.zeros((20, 20)), 20.0, 20.0, EDGES)
    assert comparison({"interpolated": empty, "result": empty}, difference_to="interpolated")


def test_matplotlib_is_loaded_late_and_without_pyplot():
    code = (
        "import sys, numpy as np\n"
        "from crossres.report.pictures import comparison\n"
        "from crossres.report.slices import Slice\n"
        "assert 'matplotlib' not in sys.modules\n"
        "slices = {'a': Slice(np.eye(9), 9.0, 9.0, ('R', 'L', 'A', 'P'))}\n"
        "comparison(slices, difference_to=None)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=120)
