"""Every figure can be drawn and replaced."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from crossres.reproduction import figures
from crossres.reproduction.regions import ZOOM, three_peaks


@pytest.fixture
def images() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    reference = random.random((52, 60))
    names = ("bicubic", "proposed")
    estimates = {name: reference + random.normal(0, 0.1, (52, 60)) for name in names}
    return {"reference": reference, "guide": 3 * reference, **estimates}


def test_a_comparison_shows_image_box_and_difference(images: dict[str, np.ndarray]) -> None:
    figure = figures.comparison(images, {"proposed": "31.00 dB"})
    axes = figure.get_axes()
    assert len(axes) == 3 * 4
    [scale] = axes[8].child_axes
    assert scale.get_xlabel() == "difference to the reference"
    titles = [each.get_title() for each in axes[:4]]
    assert [title.split("\n")[0] for title in titles] == list(images)
    assert titles[3].endswith("31.00 dB")
    zoomed = axes[4].get_images()[0].get_array()
    assert zoomed.shape == (ZOOM, ZOOM)
    drawn = [each for each in axes[8:12] if each.get_images()]
    assert len(drawn) == 2, "differences of the estimates alone"
    limits = {each.get_images()[0].get_clim() for each in drawn}
    assert len(limits) == 1
    (low, high) = limits.pop()
    assert low == -high == scale.get_xlim()[0]


def test_a_profile_has_a_line_per_image(images: dict[str, np.ndarray]) -> None:
    (axes,) = figures.profile(images).get_axes()
    (legend,) = [axes.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == list(images)
    line = three_peaks(images["reference"])
    drawn = axes.get_lines()[0]
    assert np.array_equal(drawn.get_ydata(), images["reference"][line.i, line.start : line.stop])
    assert [mark.get_xdata()[0] for mark in axes.get_lines()[len(images) :]] == list(line.peaks)


def test_saving_replaces_an_older_picture(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figure.png"
    contents = []
    for width in (1, 2):
        assert figures.save(Figure(figsize=(width, 1)), path) == path
        contents.append(path.read_bytes())
    assert contents[0] != contents[1]
    assert all(content.startswith(b"\x89PNG") for content in contents)
    assert list(path.parent.iterdir()) == [path]
