"""Frames are read from headers, without identifiers of the patient."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import BasicTextSRStorage, MediaStorageDirectoryStorage

from crossres.io.dicom.frames import dataset, frames_of, silent
from crossres.io.dicom.recognition import is_dicom
from crossres.types import FileFormatError
from crossres.volume import Grid
from dicom_files import SECRETS, WORDS, blob, save, write_enhanced, write_files

GRID = Grid((6, 5, 4), np.diag([-1.0, -1.0, 3.0, 1.0]))


def test_a_file_is_one_frame(tmp_path: Path) -> None:
    paths = write_files(tmp_path, blob(GRID), RescaleSlope=2, RescaleIntercept=-5)
    [frame] = frames_of(paths[1])
    assert (frame.size, frame.index, frame.several) == ((5, 6), 0, False)
    assert (frame.slope, frame.intercept, frame.echo) == (2, -5, 90)
    assert frame.position == (0, 0, 3)
    assert frame.kind == ("ORIGINAL", "PRIMARY", "M")


def test_an_enhanced_file_is_a_frame_per_picture(tmp_path: Path) -> None:
    path = write_enhanced(tmp_path / "a", blob(GRID), slopes=[1, 2, 3, 4], order=[2, 0, 1, 3])
    frames = frames_of(path)
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.slope for frame in frames] == [3, 1, 2, 4]
    assert [frame.position for frame in frames] == [(0, 0, 6), (0, 0, 0), (0, 0, 3), (0, 0, 9)]
    assert {frame.spacing for frame in frames} == {(1, 1)}
    assert all(frame.several for frame in frames)


def test_many_pictures_with_one_position_have_none(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.NumberOfFrames, header.PixelData = 3, 3 * header.PixelData

    [path, *_] = write_files(tmp_path, blob(GRID), change=change)
    assert [frame.position for frame in frames_of(path)] == [None] * 3


def test_frames_hold_no_identifier_of_the_patient(tmp_path: Path) -> None:
    description = f"T2 {SECRETS['PatientID']} of Quintilia\ttestperson"
    [path, *_] = write_files(tmp_path, blob(GRID), description)
    [frame] = frames_of(path)
    assert not any(word.lower() in repr(frame).lower() for word in WORDS)
    assert frame.description == "T2 ... of ... ..."


def test_short_identifiers_leave_descriptions_alone(tmp_path: Path) -> None:
    [path, *_] = write_files(tmp_path, blob(GRID), "T2 02", PatientID="02", PatientName="T2")
    assert frames_of(path)[0].description == "T2 02"


def test_values_that_break_the_standard_are_read_without_a_message(tmp_path: Path) -> None:
    [path, *_] = write_files(tmp_path, blob(GRID))
    content = path.read_bytes().replace(b"19010203", b"the 2nd.")
    path.write_bytes(content.replace(b"030405", b"99xx99"))
    assert len(frames_of(path)) == 1
    with silent():
        assert dataset(path).StudyTime == "99xx99"


def test_files_that_are_no_image_have_no_frames(tmp_path: Path) -> None:
    report = Dataset()
    report.SeriesInstanceUID, report.Modality = "1.2.3", "SR"
    assert frames_of(save(report, tmp_path / "sr", BasicTextSRStorage)) == []
    assert frames_of(save(Dataset(), tmp_path / "DICOMDIR", MediaStorageDirectoryStorage)) == []


def test_dicom_is_recognised_by_content(tmp_path: Path) -> None:
    [path, *_] = write_files(tmp_path, blob(GRID), ending="")
    old = tmp_path / "old"
    old.write_bytes(_bare(path))
    (tmp_path / "note.dcm").write_text("no DICOM at all, but long enough to have been one" * 9)
    (tmp_path / "empty").write_bytes(b"")
    assert [is_dicom(p) for p in (path, old)] == [True, True]
    assert not is_dicom(tmp_path / "note.dcm")
    assert not is_dicom(tmp_path / "empty")
    assert frames_of(old)[0].position == frames_of(path)[0].position


def _bare(path: Path) -> bytes:
    """Return a file's content without preamble and meta group, as before 1993."""
    content = path.read_bytes()
    return content[content.index(b"\x08\x00\x08\x00CS") :]


@pytest.mark.parametrize("keep", [140, 200, 700])
def test_a_damaged_header_is_an_error_without_names(tmp_path: Path, keep: int) -> None:
    [path, *_] = write_files(tmp_path, blob(GRID))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileFormatError) as caught:
        frames_of(path)
    assert not any(word in str(caught.value) for word in WORDS)
