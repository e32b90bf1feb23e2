"""Outputs are there in full or not at all."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crossres.files import atomic, atomic_folder
from crossres.types import FileFormatError, OutputExistsError, OutputWriteError
from output_sets import one_line


def half_write(path: Path, then: Callable[[], object]) -> None:
    """Write half a file, let something happen, and try to finish."""
    with atomic(path, overwrite=path.exists()) as temporary:
        temporary.write_text("half")
        then()


def failing(error: BaseException) -> Callable[[], object]:
    def then() -> None:
        raise error

    return then


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "sub-1.5_T2w.nii.gz"
    with atomic(path) as temporary:
        assert temporary.name == path.name
        temporary.write_bytes(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all"
    assert list(tmp_path.iterdir()) == [path]


def test_overwriting_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with atomic(path, overwrite=True) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_without_overwrite_the_block_never_starts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(OutputExistsError), atomic(path):
        pytest.fail("the block ran")
    assert path.read_text() == "old"


def test_a_file_made_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(OutputExistsError):
        half_write(path, lambda: path.write_text("other"))
    assert path.read_text() == "other"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, ValueError, FileFormatError])
@pytest.mark.parametrize("existing", [False, True])
def test_nothing_is_left_and_nothing_is_lost(
    tmp_path: Path, kind: type[BaseException], existing: bool
) -> None:
    path = tmp_path / "a.json"
    if existing:
        path.write_text("old")
    with pytest.raises(kind):
        half_write(path, failing(kind("stop")))
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"] * existing


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EROFS, "may write"),
        (errno.EIO, "another folder"),
    ],
)
def test_a_failing_disk_names_folder_and_remedy(tmp_path: Path, code: int, remedy: str) -> None:
    with pytest.raises(OutputWriteError) as caught:
        half_write(tmp_path / "a.json", failing(OSError(code, os.strerror(code))))
    text = one_line(caught.value)
    assert str(tmp_path) in text
    assert remedy in text
    assert list(tmp_path.iterdir()) == []


def test_errors_name_the_requested_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(FileFormatError) as caught, atomic(path) as outer, atomic(outer) as inner:
        raise FileFormatError(f"{inner} is damaged")
    assert one_line(caught.value) == f"{path} is damaged"


def test_a_real_full_disk_is_reported(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(OutputWriteError, match="free some space"),
        atomic(tmp_path / "a.json"),
        full.open("w") as stream,
    ):
        stream.write("x")
    assert list(tmp_path.iterdir()) == []


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    with atomic(tmp_path / "a") as temporary:
        temporary.write_text("x")
    (tmp_path / "b").write_text("x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_names_as_long_as_a_file_system_takes(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".json")
    with atomic(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"


MARKER = "maps.json"


def fill(folder: Path, text: str) -> None:
    (folder / MARKER).write_text(text)
    (folder / "a.nii.gz").write_text(text)


def refill(path: Path, then: Callable[[], object]) -> None:
    """Fill a folder anew, and let something happen before it is complete."""
    with atomic_folder(path, marker=MARKER, overwrite=True) as temporary:
        fill(temporary, "new")
        then()


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "SR.maps"
    with atomic_folder(path, marker=MARKER) as temporary:
        assert temporary.name == path.name
        fill(temporary, "new")
        assert not path.exists()
    assert texts(path) == {MARKER: "new", "a.nii.gz": "new"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "SR.maps"
    path.mkdir()
    fill(path, "old")
    (path / "of-an-older-version.nii.gz").write_text("old")
    with atomic_folder(path, marker=MARKER, overwrite=True) as temporary:
        fill(temporary, "new")
        assert len(texts(path)) == 3
    assert texts(path) == {MARKER: "new", "a.nii.gz": "new"}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("what", ["folder", "file"])
def test_folders_of_other_programs_are_never_replaced(tmp_path: Path, what: str) -> None:
    path = tmp_path / "SR.maps"
    if what == "folder":
        path.mkdir()
        (path / "thesis.tex").write_text("precious")
    else:
        path.write_text("precious")
    with (
        pytest.raises(OutputWriteError) as caught,
        atomic_folder(path, marker=MARKER, overwrite=True),
    ):
        pytest.fail("the block ran")
    assert MARKER in one_line(caught.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
@pytest.mark.parametrize("before", [False, True])
def test_a_folder_half_filled_leaves_nothing(
    tmp_path: Path, error: BaseException, before: bool
) -> None:
    path = tmp_path / "SR.maps"
    if before:
        path.mkdir()
        fill(path, "old")
    with pytest.raises((KeyboardInterrupt, OutputWriteError)):
        refill(path, failing(error))
    assert list(tmp_path.iterdir()) == ([path] if before else [])
    if before:
        assert set(texts(path).values()) == {"old"}
