"""Outputs are checked before any work."""

import os
from pathlib import Path

import pytest

from crossres.files import atomic, check_output
from crossres.files.output_checks import holds_only
from crossres.types import OutputExistsError, OutputWriteError
from output_sets import one_line


def test_a_free_name_passes(tmp_path: Path) -> None:
    check_output(tmp_path / "new.json")
    check_output(str(tmp_path / "new.json"), True)


def test_a_relative_name_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_output("new.json")
    with atomic("new.json") as temporary:
        temporary.write_text("{}")
    assert Path("new.json").read_text() == "{}"


def test_an_existing_file_needs_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(OutputExistsError) as caught:
        check_output(path)
    assert "`overwrite`" in one_line(caught.value)
    check_output(path, overwrite=True)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputWriteError) as caught:
        check_output(tmp_path / "none" / "a.json")
    assert str(tmp_path / "none") in one_line(caught.value)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputWriteError, match="is not a folder"):
        check_output(tmp_path / "file" / "a.json")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_no_output(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(OutputWriteError, match="not a file"):
        check_output(tmp_path, overwrite)


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputWriteError) as caught:
        check_output(tmp_path / "a.json")
    assert "may write" in one_line(caught.value)


MARKER = "maps.json"


def test_an_existing_folder_needs_overwrite(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("old")
    with pytest.raises(OutputExistsError) as caught:
        check_output(tmp_path, marker=MARKER)
    assert "`overwrite`" in one_line(caught.value)
    check_output(tmp_path, overwrite=True, marker=MARKER)


def test_a_broken_link_of_that_name_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "SR.nii.gz").symlink_to("nowhere")
    with pytest.raises(OutputExistsError, match="exists"):
        check_output(tmp_path / "SR.nii.gz")
    check_output(tmp_path / "SR.nii.gz", overwrite=True)


def test_a_folder_holds_only_what_its_marker_names(tmp_path: Path) -> None:
    assert not holds_only(tmp_path, "maps.json")
    (tmp_path / "maps.json").write_text('{"volumes": [{"file": "guide.nii.gz"}]}')
    for name in ("guide.nii.gz", ".DS_Store"):
        (tmp_path / name).touch()
    assert holds_only(tmp_path, "maps.json")
    (tmp_path / "guide.nii").touch()
    assert not holds_only(tmp_path, "maps.json")
    assert not holds_only(tmp_path / "none", "maps.json")
