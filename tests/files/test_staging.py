"""Hidden folders of killed processes are cleared; all others are left alone."""

import errno
import json
import os
import signal
from pathlib import Path

import pytest

from crossres.files import recover, staged
from crossres.types import OutputWriteError
from output_sets import a_set, at_operation, contents, contents_of_outputs, in_child, write


def test_what_a_running_process_writes_is_left_alone(tmp_path: Path) -> None:
    with staged([tmp_path / "SR.json"], overwrite=False) as (temporary,):
        temporary.write_text("half")
        assert in_child(lambda: recover(tmp_path)) == 0
        recover(tmp_path)
        temporary.write_text("whole")
    assert contents(tmp_path) == {"SR.json": "whole"}


@pytest.mark.parametrize("name", [".part-mine", ".part-0123456789ab"])
def test_a_folder_of_a_similar_name_is_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    for file in ("lock", "notes.txt"):
        (tmp_path / name / file).write_text("mine")
    (tmp_path / ".part-empty").mkdir()
    write(tmp_path, "new")
    assert contents(tmp_path) == {
        **a_set("new"), f"{name}/lock": "mine", f"{name}/notes.txt": "mine",
    }  # fmt: skip
    assert (tmp_path / ".part-empty").is_dir()


def planted(folder: Path, journal: str) -> Path:
    """Make a folder as one that a killed process leaves, with this journal."""
    room = folder / ".part-0123456789ab"
    (room / "new").mkdir(parents=True)
    (room / "new" / "theirs").write_text("theirs")
    (room / "lock").touch()
    (room / "journal.json").write_text(journal)
    return room


def test_a_journal_of_another_user_renames_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shared folder it could put a file of theirs in the place of any file of this user."""
    (tmp_path / "mine").write_text("mine")
    paths = {"new": "new/theirs", "path": "../mine", "old": "old/mine"}
    entry = {**paths, "overwrite": True, "is_removal": False}
    room = planted(tmp_path, json.dumps([entry]))
    monkeypatch.setattr(os, "geteuid", lambda: room.stat().st_uid + 1)
    recover(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
    assert (room / "new" / "theirs").exists()


@pytest.mark.parametrize("journal", ["", "[1]", '[{"new": 1}]', "{"])
def test_a_damaged_journal_stops_no_command(tmp_path: Path, journal: str) -> None:
    planted(tmp_path, journal)
    write(tmp_path, "new")
    assert contents_of_outputs(tmp_path) == a_set("new")


def test_a_lock_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "lock"))

    monkeypatch.setattr("crossres.files.staging.try_lock", full)
    with pytest.raises(OutputWriteError, match=r"cannot write SR\.nii\.gz .*No space left"):
        write(tmp_path, "new")
    assert list(tmp_path.iterdir()) == []


def test_a_signal_during_the_clearing_leaves_nothing(tmp_path: Path) -> None:
    """At whatever operation it arrives, no hidden folder is left."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for operation in range(1, 100):

        def work(operation: int = operation) -> None:
            signal.signal(signal.SIGTERM, stop)
            at_operation(operation, lambda: signal.raise_signal(signal.SIGTERM))
            write(tmp_path, "new", overwrite=True)

        code = in_child(work)
        assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".part")], operation
        if code == 0:
            break
    assert operation > 20
