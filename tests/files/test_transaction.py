"""A set of outputs is the earlier one or the new one, at whatever operation it is killed."""

import errno
import os
import signal
from pathlib import Path

import pytest

from crossres.files import recover, staged
from crossres.types import OutputExistsError, OutputWriteError
from output_sets import (
    a_set,
    at_operation,
    contents,
    contents_of_outputs,
    in_child,
    kill_me,
    killed_at,
    write,
)


@pytest.mark.parametrize("overwrite", [False, True])
def test_killed_at_any_operation_the_set_is_old_or_new(tmp_path: Path, overwrite: bool) -> None:
    outcomes = []
    for number in range(1, 200):
        folder = tmp_path / str(number)
        folder.mkdir()
        if overwrite:
            write(folder, "old")
            (folder / "SR.html").write_text("old")
        before = contents(folder)
        if not killed_at(number, folder, overwrite=overwrite):
            break
        recover(folder)
        after = contents(folder)
        assert after in (before, a_set("new")), f"killed at operation {number}"
        outcomes.append(after == before)
    assert outcomes == sorted(outcomes, reverse=True)  # first all old, then all new
    assert set(outcomes) == {True, False}


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_operation_that_fails_leaves_all_as_before(tmp_path: Path, overwrite: bool) -> None:
    if overwrite:
        write(tmp_path, "old")
        (tmp_path / "SR.html").write_text("old")
    before = contents(tmp_path)

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def attempt(number: int) -> int:
        def work() -> None:
            at_operation(number, full)
            write(tmp_path, "new", overwrite=overwrite)

        return in_child(work)

    for number in range(1, 200):
        if attempt(number) == 0:
            break
        recover(tmp_path)
        assert contents(tmp_path) == before, f"failed at operation {number}"
    assert contents(tmp_path) == a_set("new")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_operation_leaves_no_mixed_set(
    tmp_path: Path, number: signal.Signals
) -> None:
    write(tmp_path, "old")
    old = contents(tmp_path)

    def attempt(operation: int) -> int:
        def work() -> None:
            signal.signal(number, signal.default_int_handler)
            at_operation(operation, lambda: signal.raise_signal(number))
            write(tmp_path, "new", overwrite=True)

        return in_child(work)

    for operation in range(1, 200):
        code = attempt(operation)
        recover(tmp_path)
        assert contents(tmp_path) in (old, a_set("new"))
        if code == 0:
            break
    assert operation > 20


def test_the_next_writer_completes_what_a_killed_one_began(tmp_path: Path) -> None:
    """Killed between the renames, the set is completed by a command that writes another one."""
    write(tmp_path, "old")
    for number in range(1, 100):
        if not killed_at(number, tmp_path, overwrite=True):
            break
        if len({text.strip('"') for text in contents_of_outputs(tmp_path).values()}) == 2:
            break
    with staged([tmp_path / "other.json"], overwrite=False) as (file,):
        file.write_text("other")
    assert contents(tmp_path) == {**a_set("new"), "other.json": "other"}


def test_a_file_made_meanwhile_is_kept_and_nothing_else_is_made(tmp_path: Path) -> None:
    def made_meanwhile() -> None:
        with staged([tmp_path / "SR.json", tmp_path / "SR.nii.gz"], overwrite=False) as files:
            for file in files:
                file.write_text("ours")
            (tmp_path / "SR.nii.gz").write_text("theirs")

    with pytest.raises(OutputExistsError, match=r"SR\.nii\.gz exists"):
        made_meanwhile()
    assert contents(tmp_path) == {"SR.nii.gz": "theirs"}


def test_outputs_in_several_folders_are_one_set(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    paths = [tmp_path / "a" / "T1.nii.gz", tmp_path / "b" / "T1.json"]

    def store(text: str) -> None:
        with staged(paths, overwrite=True) as files:
            for file in files:
                file.write_text(text)

    store("old")
    for number in range(1, 100):

        def work(number: int = number) -> None:
            at_operation(number, kill_me)
            store(str(number))

        before = contents(tmp_path)
        code = in_child(work)
        recover(tmp_path / ("b" if number % 2 else "a"))
        recover(tmp_path / ("a" if number % 2 else "b"))
        after = contents(tmp_path)
        assert after in (before, {"a/T1.nii.gz": str(number), "b/T1.json": str(number)})
        if code == 0:
            break


def test_a_folder_that_cannot_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with (
        pytest.raises(OutputWriteError, match="may write"),
        staged([tmp_path / "a"], overwrite=False),
    ):
        pytest.fail("the block ran")


def test_an_error_that_names_no_output_is_about_the_first(tmp_path: Path) -> None:
    def refuse() -> None:
        with staged([tmp_path / "SR.nii.gz", tmp_path / "SR.json"], overwrite=False):
            raise FileExistsError(errno.EEXIST, "File exists")

    with pytest.raises(OutputExistsError, match=r"SR\.nii\.gz exists"):
        refuse()
