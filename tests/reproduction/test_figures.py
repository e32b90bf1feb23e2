"""Boxes and lines are found by rule; every figure can be drawn and replaced."""

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from crossres.reproduction import TABLES, figures
from crossres.reproduction.figures import Profile, three_peaks, zoom_box
from crossres.reproduction.methods import BICUBIC
from crossres.reproduction.tables import Entry


def peaks(image: np.ndarray, row: int, columns: tuple[int, ...], height: float) -> None:
    image[row, list(columns)] = height


def entry(row: int, shift: float, subjects: int = 3) -> Entry:
    scored = [
        {"case": f"sub-{n}", "centre": str(centre), "psnr": str(30 + n + shift),
         "bicubic_psnr": "28"}
        for n in range(subjects) for centre in (True, False)
    ]  # fmt: skip
    return Entry(TABLES["table2"].rows[row], 4, scored)


@pytest.mark.parametrize("corner", [(0, 0), (20, 41), (70, 60)])
def test_the_box_is_where_bicubic_errs_most(corner: tuple[int, int]) -> None:
    reference = np.random.default_rng(0).random((80, 70))
    bicubic = reference + 0.01
    i, j = corner
    bicubic[i : i + 10, j : j + 10] += 1
    assert zoom_box(reference, bicubic, 10) == corner


def test_a_box_of_the_usual_size_holds_the_error_and_stays_inside() -> None:
    reference = np.zeros((60, 64))
    bicubic = reference.copy()
    bicubic[50:55, 3:9] = 1
    i, j = zoom_box(reference, bicubic)
    assert i <= 50
    assert 55 <= i + figures.ZOOM <= 60
    assert j <= 3
    assert 9 <= j + figures.ZOOM <= 64


def test_air_is_cut_off_alike_but_for_a_margin() -> None:
    reference = np.zeros((120, 100))
    reference[30:90, 20:85] = 1
    kept = figures.cropped({"reference": reference, "other": 2 * reference}, margin=5)
    assert kept["reference"].shape == kept["other"].shape == (70, 75)
    assert kept["reference"].sum() == reference.sum()


def test_of_a_small_object_enough_is_kept_for_a_box() -> None:
    reference = np.zeros((120, 100))
    reference[60:63, 50:52] = 1
    assert min(figures.cropped({"reference": reference})["reference"].shape) >= figures.ZOOM


def test_three_peaks_4_and_7_apart_are_found() -> None:
    image = np.zeros((12, 40))
    peaks(image, 3, (10, 14, 21), 1.0)
    assert three_peaks(image) == Profile(3, 5, 27, (10, 14, 21))


def test_both_orders_of_the_distances_count() -> None:
    image = np.zeros((12, 40))
    peaks(image, 8, (12, 19, 23), 1.0)
    assert three_peaks(image).peaks == (12, 19, 23)


@pytest.mark.parametrize(("row", "height"), [(3, 0.5), (8, 2.0)])
def test_the_more_prominent_peaks_win(row: int, height: float) -> None:
    image = np.zeros((12, 40))
    peaks(image, 3, (10, 14, 21), 1.0)
    peaks(image, 8, (12, 19, 23), height)
    assert three_peaks(image).i == (3 if height < 1 else 8)
    peaks(image, 3, (10, 14), 9.0)
    assert three_peaks(image).i == (3 if height < 1 else 8), "the lowest of the three counts"


def test_peaks_that_do_not_stand_out_are_none() -> None:
    image = np.ones((12, 40))
    peaks(image, 3, (10, 14, 21), 2.0)
    image[8] = 50
    peaks(image, 8, (12, 19, 23), 50.1)
    assert three_peaks(image).i == 3, "bright is not prominent"


def test_other_distances_are_not_taken() -> None:
    image = np.zeros((12, 40))
    peaks(image, 3, (10, 15, 22), 5.0)
    peaks(image, 6, (9, 13, 20), 0.1)
    assert three_peaks(image).i == 6


def test_lines_at_the_border_stay_in_the_image() -> None:
    image = np.zeros((5, 15))
    peaks(image, 2, (1, 5, 12), 1.0)
    line = three_peaks(image)
    assert (line.start, line.stop, line.peaks) == (0, 15, (1, 5, 12))


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
    assert zoomed.shape == (figures.ZOOM, figures.ZOOM)
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


def test_gains_are_ours_beside_the_paper_s() -> None:
    figure = figures.gains([entry(0, -2), entry(1, 0), entry(4, 1)], 4)
    (axes,) = figure.get_axes()
    ours, paper = (
        [bar.get_height() for bar in bars.patches]
        for bars in axes.containers
        if hasattr(bars, "patches")
    )
    assert ours == pytest.approx([30 + 1 - 28, 30 + 1 + 1 - 28])
    assert paper == pytest.approx([30.71 - 29.62, 34.39 - 29.62])
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["ZSSR", "proposed"], "not bicubic itself"


@pytest.mark.parametrize("rows", [[0], [0, 5], []])
def test_gains_of_few_methods_can_be_drawn(rows: list[int], tmp_path: Path) -> None:
    figure = figures.gains([entry(row, 0, subjects=1) for row in rows], 4)
    assert figures.save(figure, tmp_path / "gains.png").exists()


def test_every_subject_has_a_point_for_each_method() -> None:
    (axes,) = figures.by_subject([entry(0, -2), entry(4, 1)], 4).get_axes()
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert lines == {BICUBIC.name: [28, 29, 30], "proposed": [31, 32, 33]}


def test_curves_of_every_stage_are_drawn(tmp_path: Path) -> None:
    for name, stored in (("one", [[0.3, 0.2]]), ("two", [[0.4, 0.2], [0.3, 0.1]])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "curves.json").write_text(json.dumps({"curves": stored}))
    (axes,) = figures.curves({name: tmp_path / name for name in ("one", "two")}).get_axes()
    labels = [line.get_label() for line in axes.get_lines()]
    assert labels == ["one", "two, stage 1", "two, stage 2"]
    assert [list(line.get_ydata()) for line in axes.get_lines()][2] == [0.3, 0.1]


def test_saving_replaces_an_older_picture(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figure.png"
    contents = []
    for width in (1, 2):
        assert figures.save(Figure(figsize=(width, 1)), path) == path
        contents.append(path.read_bytes())
    assert contents[0] != contents[1]
    assert all(content.startswith(b"\x89PNG") for content in contents)
    assert list(path.parent.iterdir()) == [path]
