"""Renames are carried out together, on any file system and beside other writers."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from crossres.files import staged
from crossres.types import OutputExistsError, OutputWriteError
from output_sets import a_set, contents, contents_of_outputs, write


@pytest.mark.parametrize("links", [True, False])
def test_a_file_made_between_check_and_rename_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    paths = [tmp_path / "SR.json", tmp_path / "SR.nii.gz"]
    monkeypatch.setattr(
        "crossres.files.transaction._flush", lambda _: paths[1].write_text("theirs")
    )

    def write_both() -> None:
        with staged(paths, overwrite=False) as files:
            for file in files:
                file.write_text("ours")

    with pytest.raises(OutputExistsError):
        write_both()
    assert contents(tmp_path) == {"SR.nii.gz": "theirs"}


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    write(tmp_path, "old")
    write(tmp_path, "new", overwrite=True)
    assert contents(tmp_path) == a_set("new")


def test_a_link_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("old")
    (tmp_path / "SR.json").symlink_to("precious")
    with staged([tmp_path / "SR.json"], overwrite=True) as (file,):
        file.write_text("new")
    assert contents(tmp_path) == {"precious": "old", "SR.json": "new"}
    assert not (tmp_path / "SR.json").is_symlink()


def test_two_writers_of_one_set_leave_that_of_one(tmp_path: Path) -> None:
    """Both rename many times at once; the files are always of the same writer at the end."""
    paths = [tmp_path / f"{number}.json" for number in range(6)]

    def store(text: str) -> None:
        with staged(paths, overwrite=True) as files:
            for file in files:
                file.write_text(text)

    for _ in range(25):
        child = os.fork()
        if child == 0:
            store("theirs")
            os._exit(0)
        store("ours")
        assert os.waitpid(child, 0)[1] == 0
        assert len({path.read_text() for path in paths}) == 1


def test_a_lock_on_the_folder_itself_is_no_obstacle(tmp_path: Path) -> None:
    """As of ``flock folder crossres enhance ...``."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    write(tmp_path, "new")
    os.close(descriptor)
    assert contents(tmp_path) == a_set("new")


def test_a_new_file_that_keeps_its_first_name_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def fail(path: Path, missing_ok: bool = False) -> None:
        if path.name == "SR.json" and path.parent.name == "new":
            raise OSError(errno.EIO, "Input/output error", str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(OutputWriteError, match="Input/output"):
        write(tmp_path, "new")
    assert contents_of_outputs(tmp_path) == {}
