"""The slice thickness that is stated is used where it can be true, and else warned of."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.io import find_input, write
from crossres.io.slice_thickness import StatedSlices, stated_in_metadata
from crossres.volume import Grid, Volume
from dicom_files import blob, write_files

THICK = Grid((8, 6, 4), np.diag([0.5, 0.5, 4.0, 1.0]))


def volume(grid: Grid = THICK) -> Volume:
    return Volume(np.ones(grid.shape), grid)


def stated(thickness: float | None, distance: float | None = None) -> StatedSlices:
    return StatedSlices("BIDS metadata", thickness, distance)


@pytest.mark.parametrize(("thickness", "distance"), [(3, 4), (3, None), (3, 1), (4, 4), (6, 4)])
def test_thickness_and_distance_or_gap_are_used(thickness: float, distance: float | None) -> None:
    found, notes = stated(thickness, distance).applied(volume())
    assert (found.grid.fwhm, notes) == ((0.5, 0.5, thickness), [])


@pytest.mark.parametrize(("thickness", "distance"), [(3, 5), (5, 6), (0.5, None), (12, None)])
def test_what_is_of_another_grid_is_warned_of(thickness: float, distance: float | None) -> None:
    found, [note] = stated(thickness, distance).applied(volume())
    assert found.grid.fwhm == THICK.spacing
    assert "has slices 4 mm apart" in note
    assert f"{thickness} mm thick" in note
    assert "give `slice_thickness`" in note


def test_nothing_stated_changes_nothing() -> None:
    scan = volume()
    assert stated(None, 4).applied(scan) == (scan, [])


def test_the_axis_is_the_one_with_the_distance() -> None:
    sagittal = Grid((4, 8, 6), np.diag([4.0, 0.5, 3.0, 1.0]))
    assert stated(3.5, 4).axis_on(sagittal) == 0
    assert stated(3).axis_on(sagittal) == 2
    assert stated(1, 1).axis_on(Grid((4, 4, 4), np.eye(4))) == 2


@pytest.mark.parametrize("value", [None, "3", True, 0, -3, [3]])
def test_what_is_no_length_is_not_stated(tmp_path: Path, value: object) -> None:
    (tmp_path / "T2.json").write_text(json.dumps({"SliceThickness": value}))
    assert stated_in_metadata(tmp_path / "T2.nii.gz").thickness is None


def test_damaged_metadata_are_warned_of(tmp_path: Path) -> None:
    write(volume(), tmp_path / "T2.nii.gz")
    (tmp_path / "T2.json").write_text("{")
    scan, [note] = find_input(tmp_path / "T2.nii.gz").load()
    assert scan.grid.fwhm == THICK.spacing
    assert note.startswith("T2.nii.gz has metadata that cannot be read")


def test_what_is_stated_is_left_out_on_request(tmp_path: Path) -> None:
    write(volume(), tmp_path / "T2.nii.gz")
    for thickness in (3, 40):
        (tmp_path / "T2.json").write_text(json.dumps({"SliceThickness": thickness}))
        scan, notes = find_input(tmp_path / "T2.nii.gz").load(stated_slices=False)
        assert (scan.grid.fwhm, notes) == (THICK.spacing, [])


def test_the_fingerprint_holds_what_the_metadata_state(tmp_path: Path) -> None:
    write(volume(), tmp_path / "T2.nii.gz")
    before = find_input(tmp_path / "T2.nii.gz").fingerprint()
    (tmp_path / "T2.json").write_text('{"SliceThickness": 3}')
    after = find_input(tmp_path / "T2.nii.gz").fingerprint()
    assert after == {**before, "slice_thickness_mm": 3.0}


def test_the_header_of_a_series_is_used_across_its_slices(tmp_path: Path) -> None:
    scan = blob(Grid((8, 6, 4), np.diag([-0.5, -0.5, 4.0, 1.0])))
    write_files(tmp_path, scan, change=lambda header, _: setattr(header, "SliceThickness", 3))
    assert find_input(tmp_path).load()[0].grid.fwhm == pytest.approx((0.5, 0.5, 3))
