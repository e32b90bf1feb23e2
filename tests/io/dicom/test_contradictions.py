"""Headers that contradict themselves or their file are refused before a pixel is read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from crossres.io import read
from crossres.io.dicom.frames import frames_of
from crossres.types import CrossresError
from crossres.volume import Grid
from dicom_files import WORDS, blob, save, write_enhanced, write_files

VOLUME = blob(Grid((6, 5, 4), np.diag([-1.0, -1.0, 3.0, 1.0])))


def setting(name: str, value: object) -> Callable[[Dataset, int], None]:
    def change(header: Dataset, k: int) -> None:
        if k == 2:
            setattr(header, name, value)

    return change


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("NumberOfFrames", 2147483647, "states 2147483647 x 6 x 5 pixels"),
        ("NumberOfFrames", -1, "states -1 frames"),
        ("Rows", 65535, "states 6 x 65535 pixels"),
        ("Columns", 0, "states 0 x 5 pixels"),
        ("Columns", 8000, "states 1 x 8000 x 5 pixels, more than its file can hold"),
        ("Columns", 5, "has 60 bytes of pixels"),
        ("Rows", 4, "has 60 bytes of pixels"),
        ("BitsAllocated", 32, "has 60 bytes of pixels"),
        ("BitsAllocated", 12, "bits per pixel"),
        ("HighBit", 3, "bits per pixel"),
    ],
)
def test_one_file_that_contradicts_itself_refuses_its_series(
    tmp_path: Path, name: str, value: int, words: str
) -> None:
    write_files(tmp_path, VOLUME, change=setting(name, value))
    with pytest.raises(CrossresError) as caught:
        read(tmp_path)
    text = str(caught.value)
    assert words in text
    assert "of 4 (by name)" in text
    assert not any(word in text for word in WORDS)


@pytest.mark.parametrize("change", [-1, 1])
def test_frames_and_their_descriptions_must_agree(tmp_path: Path, change: int) -> None:
    path = write_enhanced(tmp_path / "e", VOLUME)
    header = dcmread(path)
    items = list(header.PerFrameFunctionalGroupsSequence)
    header.PerFrameFunctionalGroupsSequence = items[:change] if change < 0 else [*items, items[0]]
    save(header, path, header.SOPClassUID)
    [frame] = frames_of(path)
    assert frame.problem.startswith(f"states 4 frames, and describes {4 + change}")
    with pytest.raises(CrossresError, match="states 4 frames"):
        read(tmp_path)
