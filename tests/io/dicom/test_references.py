"""Which images a derived slice names as its sources, and what made it."""

from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom import Dataset

from crossres.io.dicom import Series, find_series
from crossres.io.dicom.references import contributing_equipment, source_images
from crossres.volume import Grid
from dicom_files import blob, write_enhanced, write_files

GRID = Grid((6, 5, 8), np.diag([-1.0, -1.0, 2.0, 1.0]))
SIDE = Grid((8, 8, 4), np.array([[0, 0, -2.0, 1], [-1, 0, 0, 1], [0, 2.0, 0, 0], [0, 0, 0, 1]]))


def places(series: Series, grid: Grid, k: int) -> list[int]:
    """Return which slices of a series are named."""
    known = [group[0].instance for group in series.places]
    named = [item.ReferencedSOPInstanceUID for item in source_images([series], grid, k)]
    return [known.index(uid) for uid in named]


def test_a_slice_on_the_source_s_own_grid_names_its_source(tmp_path: Path) -> None:
    write_files(tmp_path, blob(GRID))
    series = find_series(tmp_path)
    finer = GRID.refined((2, 2, 1))
    assert [places(series, finer, k) for k in (0, 3, 7)] == [[0], [3], [7]]


def test_a_slice_between_two_names_both(tmp_path: Path) -> None:
    write_files(tmp_path, blob(GRID))
    finer = GRID.refined((1, 1, 2))
    series = find_series(tmp_path)
    assert [places(series, finer, k) for k in (0, 5, 15)] == [[0], [2, 3], [7]]


def test_a_slice_across_names_all_it_crosses_and_one_outside_the_nearest(tmp_path: Path) -> None:
    write_files(tmp_path, blob(SIDE))
    series = find_series(tmp_path)
    assert places(series, GRID, 3) == [0, 1, 2, 3]
    affine = GRID.affine.copy()
    affine[0, 3] = 500
    assert len(places(series, Grid(GRID.shape, affine), 3)) == 1


def test_frames_are_named_by_number(tmp_path: Path) -> None:
    write_enhanced(tmp_path / "e", blob(GRID), order=[7, 6, 5, 4, 3, 2, 1, 0])
    series = find_series(tmp_path)
    [item] = source_images([series], GRID, 2)
    assert item.ReferencedFrameNumber == 6
    [item] = source_images([series], GRID.refined((1, 1, 2)), 5)
    assert list(item.ReferencedFrameNumber) == [5, 6]


def test_every_source_states_its_purpose(tmp_path: Path) -> None:
    write_files(tmp_path / "a", blob(GRID))
    write_files(tmp_path / "b", blob(SIDE))
    both = [find_series(tmp_path / name) for name in "ab"]
    items = source_images(both, GRID, 0)
    assert len(items) == 5
    assert {item.PurposeOfReferenceCodeSequence[0].CodeValue for item in items} == {"121322"}


def test_the_scanner_is_named_if_it_is_stated() -> None:
    when = datetime(2024, 5, 6, 7, 8, 9)
    known = Dataset()
    known.Manufacturer = "ACME"
    scanner, own = contributing_equipment(known, when, "sharpened")
    assert scanner.PurposeOfReferenceCodeSequence[0].CodeMeaning == "Acquisition Equipment"
    assert (own.Manufacturer, own.ContributionDescription) == ("crossres", "sharpened")
    assert own.ContributionDateTime == "20240506070809"
    assert len(contributing_equipment(Dataset(), when, "sharpened")) == 1
