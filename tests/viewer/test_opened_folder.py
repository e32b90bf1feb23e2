"""Files are read from the folder that was opened, whatever its name leads to later."""

import os
from pathlib import Path

import pytest

from crossres.types import FileFormatError
from crossres.viewer.opened_folder import OpenedFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    (made / "file").write_text("content")
    return made


def test_a_folder_is_the_same_after_its_name_was_given_to_another(folder: Path) -> None:
    opened = OpenedFolder(folder)
    folder.rename(folder.with_name("moved"))
    folder.mkdir()
    assert opened.holds("file")
    assert opened.read("file") == b"content"


def test_the_content_of_a_file_may_grow_but_another_file_is_refused(folder: Path) -> None:
    file = OpenedFolder(folder).file("file")
    with (folder / "file").open("a") as stream:
        stream.write(" and more")
    with file.stream() as opened:
        assert opened.read() == b"content and more"
    (folder / "other").write_text("other")
    (folder / "other").replace(folder / "file")
    with pytest.raises(FileFormatError, match="file was replaced"):
        file.stream()


def test_links_pipes_and_folders_are_no_files(folder: Path) -> None:
    opened = OpenedFolder(folder)
    (folder / "link").symlink_to(folder / "file")
    os.mkfifo(folder / "pipe")
    (folder / "inner").mkdir()
    for name, problem in (
        ("link", "symbolic link"), ("pipe", "is not a file"), ("inner", "is not a file"),
        ("none", "is missing"),
    ):  # fmt: skip
        assert opened.holds(name) == (name != "none")
        with pytest.raises(FileFormatError, match=problem):
            opened.file(name)


def test_a_linked_folder_is_followed_only_on_the_way(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    assert OpenedFolder(link).read("file") == b"content"
    with pytest.raises(FileFormatError, match="symbolic link"):
        OpenedFolder(link, around=OpenedFolder(folder.parent))


def test_descriptors_are_closed_with_the_folder(folder: Path) -> None:
    opened = OpenedFolder(folder)
    descriptor = opened.descriptor
    del opened
    with pytest.raises(OSError):
        os.fstat(descriptor)
