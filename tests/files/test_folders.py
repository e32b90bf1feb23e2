"""Folders of slices are there in full or not at all, and nothing else is ever replaced."""

import errno
import os
from pathlib import Path

import pytest

from crossres.files.folders import atomic_series, check_folder
from crossres.types import OutputExistsError, OutputWriteError

OLD = "a slice by crossres"


def filled(path: Path, *names: str) -> Path:
    path.mkdir()
    for name in names:
        (path / name).write_text(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_folder_appears_only_at_the_end(tmp_path: Path) -> None:
    with atomic_series(tmp_path / "SR") as temporary:
        (temporary / "0001.dcm").write_text("new")
        assert not (tmp_path / "SR").exists()
    assert names(tmp_path) == ["SR", "SR/0001.dcm"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    with atomic_series(filled(tmp_path / "SR")) as temporary:
        (temporary / "0001.dcm").write_text("new")
    assert names(tmp_path) == ["SR", "SR/0001.dcm"]


def test_slices_are_replaced_only_on_request(tmp_path: Path) -> None:
    path = filled(tmp_path / "SR", "0001.dcm", "0002.dcm", "10000.dcm")
    with pytest.raises(OutputExistsError, match="`overwrite`"), atomic_series(path):
        pytest.fail("the block ran")
    with atomic_series(path, overwrite=True) as temporary:
        (temporary / "0001.dcm").write_text("new")
    assert names(tmp_path) == ["SR", "SR/0001.dcm"]
    assert (path / "0001.dcm").read_text() == "new"


def test_slices_of_a_scanner_are_never_replaced(tmp_path: Path) -> None:
    path = filled(tmp_path / "SR", "0001.dcm")
    (path / "0002.dcm").write_text("of the scanner")
    with (
        pytest.raises(OutputExistsError, match="slices of another program"),
        atomic_series(path, overwrite=True),
    ):
        pytest.fail("the block ran")
    assert names(path) == ["0001.dcm", "0002.dcm"]


@pytest.mark.parametrize("name", ["notes.txt", "IM0001.dcm", "1.dcm", "0001.dcm.bak"])
def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path, name: str) -> None:
    path = filled(tmp_path / "SR", "0001.dcm", name)
    with pytest.raises(OutputExistsError, match="other things"):
        check_folder(path, overwrite=True)
    assert names(path) == sorted(["0001.dcm", name])


def test_a_folder_of_folders_is_never_replaced(tmp_path: Path) -> None:
    filled(filled(tmp_path / "SR") / "0001.dcm")
    with pytest.raises(OutputExistsError):
        check_folder(tmp_path / "SR", overwrite=True)


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "SR").write_text("")
    with pytest.raises(OutputExistsError):
        check_folder(tmp_path / "SR")


def test_the_folder_around_it_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(OutputWriteError, match="does not exist"):
        check_folder(tmp_path / "missing" / "SR")


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ValueError(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]
)
@pytest.mark.parametrize("existing", [False, True])
def test_whatever_ends_it_early_leaves_all_as_it_was(
    tmp_path: Path, error: BaseException, existing: bool
) -> None:
    if existing:
        filled(tmp_path / "SR", "0001.dcm")
    before = names(tmp_path)

    def half() -> None:
        with atomic_series(tmp_path / "SR", overwrite=True) as temporary:
            (temporary / "0001.dcm").write_text("new")
            raise error

    with pytest.raises((KeyboardInterrupt, ValueError, OutputWriteError)):
        half()
    assert names(tmp_path) == before
    assert not existing or (tmp_path / "SR" / "0001.dcm").read_text() == OLD
