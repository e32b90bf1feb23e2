"""A path is a NIfTI file or a series; its description contains no identifier of the patient."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

import crossres
from crossres.files import sha256
from crossres.io import (
    find_input,
    holds_dicom,
    nifti,
    read,
)
from crossres.types import CrossresWarning, FileFormatError, SettingsError
from crossres.volume import Grid
from dicom_files import WORDS, blob, write_files

VOLUME = blob(Grid((6, 5, 3), np.diag([-1.0, -1.0, 3.0, 1.0])))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two series into a folder that is named after their patient."""
    folder = tmp_path / "Testperson_Quintilia"
    write_files(folder, VOLUME, "T2 tse", ending="-quintilia.dcm")
    write_files(folder, VOLUME.with_data(VOLUME.data + 1), "T1 mprage")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a NIfTI file."""
    nifti.write(VOLUME, tmp_path / "T2.nii.gz")
    return tmp_path / "T2.nii.gz"


def test_the_path_decides_the_format(folder: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no image")
    assert holds_dicom(folder)
    assert holds_dicom(next(folder.iterdir()))
    assert not any(holds_dicom(path) for path in (file, tmp_path / "text", tmp_path / "missing"))


def test_read_takes_files_and_series(folder: Path, file: Path) -> None:
    np.testing.assert_array_equal(crossres.read(file).data, VOLUME.data)
    assert crossres.read(folder, series="t1").data.max() == VOLUME.data.max() + 1
    np.testing.assert_array_equal(crossres.read(str(folder), "tse").data, VOLUME.data)
    path = find_input(folder, "t1").series.files[0]  # type: ignore[union-attr]
    assert crossres.read(path).data.max() == VOLUME.data.max() + 1


def test_a_choice_is_needed_where_there_is_one_and_only_there(folder: Path, file: Path) -> None:
    with pytest.raises(SettingsError, match="`series`"):
        read(folder)
    with pytest.raises(SettingsError, match="leave `target_series` out"):
        find_input(file, "t2", parameter="target_series")


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no image")
    for name in ("text", "missing", "."):
        with pytest.raises(FileFormatError):
            read(tmp_path / name)


def test_oddities_are_warned_of(folder: Path) -> None:
    path = find_input(folder, "t1").series.files[0]  # type: ignore[union-attr]
    (folder / "again").write_bytes(path.read_bytes())
    with pytest.warns(CrossresWarning, match="1 exact cop"):
        read(folder, "t1")


def test_a_file_s_fingerprint_is_its_name_and_checksum(file: Path) -> None:
    assert find_input(file).fingerprint() == {"file": "T2.nii.gz", "sha256": sha256(file)}


def test_a_series_fingerprint_names_no_file(folder: Path, tmp_path: Path) -> None:
    scan = find_input(folder, "tse")
    found = scan.fingerprint()
    digests = sorted(sha256(path) for path in scan.series.files)  # type: ignore[union-attr]
    joined = "".join(f"{digest}\n" for digest in digests).encode()
    assert found == {
        "series": "T2 tse", "files": 3, "sha256": hashlib.sha256(joined).hexdigest(),
    }  # fmt: skip
    assert not any(word.lower() in str(found).lower() for word in WORDS)
    for n, path in enumerate(folder.iterdir()):
        path.rename(tmp_path / str(n))
    (tmp_path / "T2.nii.gz").unlink(missing_ok=True)
    assert find_input(tmp_path, "tse").fingerprint() == found


def test_the_fingerprint_is_of_the_bytes_that_were_read(file: Path) -> None:
    scan, before = find_input(file), sha256(file)
    scan.load()
    assert scan.changes() == []
    other = file.with_name("other.nii.gz")
    other.write_bytes(file.read_bytes() + b"\0")
    other.replace(file)
    assert scan.fingerprint() == {"file": "T2.nii.gz", "sha256": before}
    (note,) = scan.changes()
    assert note.startswith("T2.nii.gz: it was changed after it was read")


def test_a_series_that_vanishes_was_read_nevertheless(folder: Path) -> None:
    scan = find_input(folder, "tse")
    before = scan.fingerprint()
    scan.load()
    for path in scan.series.files:  # type: ignore[union-attr]
        path.unlink()
    assert scan.fingerprint() == before
    assert "a file of it was removed after it was read" in scan.changes()[0]
    assert scan.series.source_header.Modality == "MR"  # type: ignore[union-attr]
