"""The JSON file of a result is completed by the states of its pictures, or left alone."""

import json
from pathlib import Path

import pytest

from crossres.types import CrossresWarning, OutputWriteError
from crossres.workflows.enhance.sidecar_file import record_pictures, result_entry


def test_the_sidecar_of_another_process_is_left_alone(tmp_path: Path) -> None:
    """Two commands may replace one result while the first still draws."""
    sidecar = tmp_path / "SR.json"
    theirs = {"result": {"file": "SR.nii.gz", "sha256": "theirs"}}
    sidecar.write_text(json.dumps(theirs))
    ours = {"result": {"file": "SR.nii.gz", "sha256": "ours"}}
    with pytest.warns(CrossresWarning, match=r"SR\.json was replaced by another process"):
        record_pictures(ours, {"SR.html": "made"}, sidecar)
    assert json.loads(sidecar.read_text()) == theirs


def test_a_full_disk_after_the_pictures_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {"result": {"file": "SR.nii.gz", "sha256": "ours"}}
    sidecar = tmp_path / "SR.json"
    sidecar.write_text(json.dumps(content))

    def full(*_: object, **__: object) -> None:
        raise OutputWriteError("no space left on device")

    monkeypatch.setattr("crossres.workflows.enhance.sidecar_file.write_json", full)
    with pytest.warns(CrossresWarning, match="no space left"):
        record_pictures(content, {"SR.html": "made"}, sidecar)
    assert json.loads(sidecar.read_text()) == content


def test_a_folder_of_slices_is_tied_by_their_number_and_content(tmp_path: Path) -> None:
    folder = tmp_path / "SR"
    folder.mkdir()
    for name in ("1.dcm", "2.dcm"):
        (folder / name).write_text(name)
    before = result_entry(folder)
    assert (before["file"], before["files"]) == ("SR", 2)
    (folder / "2.dcm").write_text("changed")
    assert result_entry(folder)["sha256"] != before["sha256"]
