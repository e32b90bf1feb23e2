"""Two folders of outputs are compared by content; times, versions and prose may differ."""

import gzip
import json
from pathlib import Path

import pytest
from studies.compare_outputs import commands, differences


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    return before, after


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content))


def test_renamed_keys_and_times_are_no_difference(folders: tuple[Path, Path]) -> None:
    before, after = folders
    write(before / "a.json", {"rehearsal_gain_db": 1.5, "created": "today"})
    write(after / "a.json", {"self_validation_gain_db": 1.5, "created": "tomorrow"})
    assert list(differences(before, after)) == []


def test_values_and_missing_files_are(folders: tuple[Path, Path]) -> None:
    before, after = folders
    write(before / "a.json", {"gain": [1, 2]})
    write(after / "a.json", {"gain": [1, 3]})
    write(after / "b.json", {})
    assert list(differences(before, after)) == ["a.json: differs", "b.json: only after"]


def test_compressed_images_are_compared_by_content(folders: tuple[Path, Path]) -> None:
    for level, folder in zip((1, 9), folders, strict=True):
        (folder / "x.nii.gz").write_bytes(gzip.compress(bytes(range(256)) * 9, level))
    assert list(differences(*folders)) == []


def test_every_command_writes_an_output() -> None:
    assert all(" out/" in words for words in commands().values())
