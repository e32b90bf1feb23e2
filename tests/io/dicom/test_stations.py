"""Stacks of one series in different parts of the body are stations to choose from."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io.dicom import find_series, list_series, load_series
from crossres.types import GridError, SettingsError
from crossres.volume import Grid, Volume
from dicom_files import blob, write_files


def sagittal(down: float) -> Volume:
    """Return sagittal slices whose centre lies some mm further down."""
    affine = np.array([[0, 0, 4.0, -6], [-0.9, 0, 0, 5], [0, -0.7, 0, -down], [0, 0, 0, 1]])
    return blob(Grid((12, 16, 5), affine))


@pytest.mark.parametrize("empty", [False, True], ids=["filled", "outermost slices empty"])
def test_two_stations_of_a_spine(tmp_path: Path, empty: bool) -> None:
    stations = [sagittal(0), sagittal(250)]
    for n, station in enumerate(stations):
        data = station.data + n + 1
        data[:, :, [0, 4]] *= not empty
        stations[n] = station.with_data(data)
        write_files(tmp_path, stations[n], "spine", SeriesInstanceUID="1.2.3")
    found = list_series(tmp_path).series
    assert [series.label for series in found] == [
        "spine [station 1 of 2, centre z -5 mm]",
        "spine [station 2 of 2, centre z -255 mm]",
    ]
    for series, station in zip(found, stations, strict=True):
        volume, notes, _ = load_series(series)
        assert volume.grid.is_close(station.grid, tolerance=1e-3)
        np.testing.assert_array_equal(volume.data, station.data)
        assert notes == []
    with pytest.raises(SettingsError, match="there are 2 series"):
        find_series(tmp_path)


def axial(places: list[float]) -> list[Volume]:
    return [blob(Grid((7, 6, 4), _at(place))) for place in places]


def _at(place: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    affine = np.diag([-0.9, -1.1, 4.0, 1.0])
    affine[2, 3] = place
    return affine


def test_blocks_behind_each_other_are_stations(tmp_path: Path) -> None:
    for volume in axial([0.0, 91.5]):
        write_files(tmp_path, volume, "discs", SeriesInstanceUID="1.2.3")
    labels = [series.label for series in list_series(tmp_path).series]
    assert labels == [
        "discs [station 1 of 2, centre z 98 mm]", "discs [station 2 of 2, centre z 6 mm]"
    ]  # fmt: skip


def test_a_gap_of_whole_steps_is_missing_slices(tmp_path: Path) -> None:
    for volume in axial([0.0, 92.0]):
        write_files(tmp_path, volume, "discs", SeriesInstanceUID="1.2.3")
    [series] = list_series(tmp_path).series
    with pytest.raises(GridError, match="lacks 19 slices"):
        _ = series.grid
