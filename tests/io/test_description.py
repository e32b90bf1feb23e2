"""A scan is described alike whatever its format, with the thickness of its slices."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.io import describe, write
from crossres.volume import Grid
from dicom_files import blob, write_files

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


def test_a_thickness_that_is_not_stated_is_not_described(file: Path) -> None:
    file.with_name("T2.json").unlink()
    assert not any(name.startswith("slice") for name in describe(file))
