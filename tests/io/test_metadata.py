"""Metadata outside a BIDS dataset are those of the file of the same name."""

from pathlib import Path

import pytest

from crossres.io.metadata import read_metadata
from crossres.types import FileFormatError


def test_the_file_beside_a_scan_applies_and_no_other(tmp_path: Path) -> None:
    for name in ("a_T2w.json", "T2w.json", "b_T2w.json"):
        (tmp_path / name).write_text(f'{{"Name": "{name}"}}')
    assert read_metadata(tmp_path / "a_T2w.nii.gz") == {"Name": "a_T2w.json"}
    assert read_metadata(tmp_path / "c_T2w.nii") == {}


def test_names_with_dots_are_whole_names(tmp_path: Path) -> None:
    (tmp_path / "T2.json").write_text('{"SliceThickness": 5}')
    assert read_metadata(tmp_path / "T2.v2.nii.gz") == {}
    (tmp_path / "T2.v2.json").write_text('{"SliceThickness": 4}')
    assert read_metadata(tmp_path / "T2.v2.nii.gz") == {"SliceThickness": 4}


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "T2.json").write_text("{")
    with pytest.raises(FileFormatError, match="is no valid JSON"):
        read_metadata(tmp_path / "T2.nii.gz")


def test_inside_a_dataset_the_files_above_apply_too(tmp_path: Path) -> None:
    folder = tmp_path / "sub-01" / "anat"
    folder.mkdir(parents=True)
    (tmp_path / "T2w.json").write_text('{"SliceThickness": 5, "EchoTime": 0.1}')
    (folder / "sub-01_T2w.json").write_text('{"SliceThickness": 4}')
    found = read_metadata(folder / "sub-01_T2w.nii.gz")
    assert found == {"SliceThickness": 4, "EchoTime": 0.1}


def test_a_relative_path_is_in_its_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sub-01" / "anat"
    folder.mkdir(parents=True)
    (tmp_path / "T2w.json").write_text('{"SliceThickness": 5}')
    monkeypatch.chdir(folder)
    assert read_metadata(Path("sub-01_T2w.nii.gz")) == {"SliceThickness": 5}
