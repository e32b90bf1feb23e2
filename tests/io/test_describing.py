"""Descriptions of grids, values and slices are alike, whatever the file format."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.io import write
from crossres.io.describing import contents, describe, place
from crossres.volume import Grid, Volume
from dicom_files import blob, write_files

AFFINE = np.diag([0.9, -1.1, 3.0, 1.0])


def rotated(degrees: float, axis: int) -> np.ndarray:
    angle, (a, b) = np.radians(degrees), [n for n in range(3) if n != axis]
    turn = np.eye(4)
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn @ AFFINE


def test_a_grid_is_described_in_mm_and_letters() -> None:
    facts = place(Grid((7, 6, 5), AFFINE))
    assert (facts["shape"], facts["axes"]) == ((7, 6, 5), "RPS")
    assert facts["spacing_mm"] == pytest.approx((0.9, 1.1, 3.0))
    assert facts["fov_mm"] == pytest.approx((6.3, 6.6, 15.0))
    assert facts["oblique_degrees"] == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(("degrees", "oblique"), [(0, 0), (12, 12), (-30, 30), (60, 30), (90, 0)])
def test_the_oblique_angle_is_to_the_nearest_axis(
    degrees: float, oblique: float, axis: int
) -> None:
    found = place(Grid((7, 6, 5), rotated(degrees, axis)))["oblique_degrees"]
    assert found == pytest.approx(oblique, abs=1e-5)


@pytest.mark.parametrize("stored", [None, "int16"])
def test_values_are_described_by_type_range_and_zeros(stored: str | None) -> None:
    data = np.zeros((7, 6, 5))
    data[0] = -2.5
    data[1] = 400
    facts = contents(Volume(data, Grid((7, 6, 5), AFFINE), stored_dtype=stored))
    assert (facts["dtype"], facts["range"]) == (stored, (-2.5, 400.0))
    assert facts["zero_percent"] == pytest.approx(100 * 5 / 7)


VOLUME = blob(Grid((6, 5, 3), np.diag([-1.0, -1.0, 3.0, 1.0])))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a series with gaps between its slices."""
    write_files(
        tmp_path / "in", VOLUME, "T2 tse", change=lambda h, _: setattr(h, "SliceThickness", 2)
    )
    return tmp_path / "in"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the same as NIfTI with its sidecar."""
    write(VOLUME, tmp_path / "T2.nii.gz")
    (tmp_path / "T2.json").write_text(json.dumps({"SliceThickness": 2}))
    return tmp_path / "T2.nii.gz"


def test_a_series_is_described_like_a_file(folder: Path, file: Path) -> None:
    series, plain = describe(folder, "tse"), describe(file)
    same = ("shape", "spacing_mm", "fov_mm", "axes", "oblique_degrees", "range")
    slices = ("slice_thickness_mm", "slice_distance_mm", "slice_axis")
    for name in (*same, *slices):
        assert series[name] == plain[name], name
    assert [plain[name] for name in slices] == [2.0, pytest.approx(3.0), "k"]
    assert (series["series"], series["modality"], series["files"]) == ("T2 tse", "MR", 3)
    assert (plain["space"], plain["sform_code"]) == ("scanner", 1)
    sources = [found["slice_thickness_from"] for found in (series, plain)]
    assert sources == ["DICOM header", "BIDS metadata"]


def test_a_thickness_that_is_not_stated_is_described_as_not_known(file: Path) -> None:
    file.with_name("T2.json").unlink()
    found = {name: text for name, text in describe(file).items() if name.startswith("slice")}
    assert list(found) == ["slice_thickness"]
    assert str(found["slice_thickness"]).startswith("not known; their distance is assumed (")


def test_numbers_have_no_digits_of_float32() -> None:
    sizes = np.float32([0.9, 1.1, 3.3]).astype(float)
    facts = place(Grid((10, 10, 10), np.diag([*sizes, 1.0])))
    assert facts["spacing_mm"] == (0.9, 1.1, 3.3)
    assert facts["fov_mm"] == (9.0, 11.0, 33.0)
