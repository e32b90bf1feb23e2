"""Folders of mixed files: their series are listed, and one is chosen."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage, MediaStorageDirectoryStorage

from crossres.io.dicom import find_series, list_series
from crossres.types import CrossresError, FileFormatError, SettingsError
from crossres.volume import Grid
from dicom_files import WORDS, blob, save, write_files

GRID = Grid((6, 5, 3), np.diag([-1.0, -1.0, 3.0, 1.0]))
UIDS = {"T1 mprage": "1.2.826.5.1.0.0", "T2 tse": "1.2.826.5.2.0.0", "T2 tse dark": "1.2.826.9"}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Write three series, one in a folder of its own, with what else lies in such folders."""
    for description, uid in UIDS.items():
        folder = tmp_path / ("other" if "T1" in description else "")
        write_files(folder, blob(GRID), description, SeriesInstanceUID=uid, ending="")
    report = Dataset()
    report.SeriesInstanceUID, report.Modality = "1.2.3", "SR"
    save(report, tmp_path / "other" / "report.dcm", BasicTextSRStorage)
    save(Dataset(), tmp_path / "DICOMDIR", MediaStorageDirectoryStorage)
    (tmp_path / "README.txt").write_text("a viewer for your disc")
    return tmp_path


def test_series_are_listed_with_what_else_is_there(export: Path) -> None:
    calls: list[tuple[int, int]] = []
    listing = list_series(export, progress=lambda done, steps: calls.append((done, steps)))
    assert [series.label for series in listing.series] == list(UIDS)
    assert (listing.others, listing.damaged) == (3, 0)
    assert calls[-1] == (12, 12)
    for series in listing.series:
        assert len(series.files) == 3
        assert not any(word in series.line for word in WORDS)


@pytest.mark.parametrize(
    ("choice", "label"),
    [
        ("mprage", "T1 mprage"),
        ("MPRAGE", "T1 mprage"),
        ("t2 tse", "T2 tse"),
        (" T2 tse ", "T2 tse"),
        ("dark", "T2 tse dark"),
        ("1.2.826.5.2.0.0", "T2 tse"),
        ("5.1.0.0", "T1 mprage"),
        ("826.9", "T2 tse dark"),
    ],
)
def test_a_series_is_chosen_by_description_or_uid(export: Path, choice: str, label: str) -> None:
    assert find_series(export, choice).label == label


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (None, ["there are 3 series", *UIDS]),
        ("t", ["'t' fits 3 series", *UIDS]),
        ("tse", ["'tse' fits 2 series", "T2 tse dark"]),
        ("0.0", ["fits 2 series"]),
        ("flair", ["no series fits 'flair'", *UIDS]),
    ],
)
def test_a_doubtful_choice_is_refused_with_a_list(
    export: Path, choice: str | None, words: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        find_series(export, choice, parameter="series")
    text = str(caught.value)
    assert "\n" not in text
    assert "`series`" in text
    assert [word for word in words if word not in text] == []
    assert not any(word in text for word in WORDS)


def test_the_option_is_named_only_where_there_is_one(export: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        find_series(export, parameter=None)
    assert "`" not in str(caught.value)
    assert "give a file of the one you mean" in str(caught.value)


def test_a_file_stands_for_its_series(export: Path) -> None:
    for series in list_series(export).series:
        found = find_series(series.files[1])
        assert (found.label, found.files) == (series.label, series.files)


def test_a_file_without_an_image_is_refused(export: Path) -> None:
    with pytest.raises(FileFormatError, match="holds no image"):
        find_series(export / "DICOMDIR")


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    thin = Grid((2, 2, 2), np.eye(4))
    for n in range(8):
        write_files(tmp_path, blob(thin), f"scan {n}", SeriesInstanceUID=f"1.2.{n}")
    with pytest.raises(SettingsError, match="and 2 more"):
        find_series(tmp_path)


def test_damaged_files_are_counted(export: Path) -> None:
    path = list_series(export).series[1].files[0]
    path.write_bytes(path.read_bytes()[:300])
    listing = list_series(export)
    assert (listing.damaged, listing.others) == (1, 3)
    assert len(listing.series[1].files) == 2


def test_a_file_that_is_dicom_by_its_name_only_is_damaged(tmp_path: Path) -> None:
    path = write_files(tmp_path, blob(GRID))[2]
    content = bytearray(path.read_bytes())
    content[129] ^= 1
    path.write_bytes(content)
    listing = list_series(tmp_path)
    assert (len(listing.series[0].files), listing.damaged, listing.others) == (2, 1, 0)
    path.unlink()
    (tmp_path / "note.dcm").write_text("no DICOM at all")
    assert list_series(tmp_path).damaged == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b damaged from its beginning"], ids=["empty", "gzip"]
)
@pytest.mark.parametrize("ending", [".dcm", ".IMA.gz"])
def test_a_file_without_content_is_damaged(tmp_path: Path, content: bytes, ending: str) -> None:
    path = write_files(tmp_path, blob(GRID))[2]
    path.unlink()
    path.with_name(f"2{ending}").write_bytes(content)
    listing = list_series(tmp_path)
    assert (len(listing.series[0].files), listing.damaged, listing.others) == (2, 1, 0)


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_without_images_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CrossresError) as caught:
        list_series(tmp_path / name)
    assert ";" in str(caught.value)
