"""Head, box and line of a figure are found by rule."""

import numpy as np
import pytest

from crossres.reproduction.regions import ZOOM, Profile, cropped, three_peaks, zoom_box


def peaks(image: np.ndarray, row: int, columns: tuple[int, ...], height: float) -> None:
    image[row, list(columns)] = height


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
    assert 55 <= i + ZOOM <= 60
    assert j <= 3
    assert 9 <= j + ZOOM <= 64


def test_air_is_cut_off_alike_but_for_a_margin() -> None:
    reference = np.zeros((120, 100))
    reference[30:90, 20:85] = 1
    kept = cropped({"reference": reference, "other": 2 * reference}, margin=5)
    assert kept["reference"].shape == kept["other"].shape == (70, 75)
    assert kept["reference"].sum() == reference.sum()


def test_of_a_small_object_enough_is_kept_for_a_box() -> None:
    reference = np.zeros((120, 100))
    reference[60:63, 50:52] = 1
    assert min(cropped({"reference": reference})["reference"].shape) >= ZOOM


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
