"""A set of outputs is the earlier one or the new one, at whatever operation it is killed."""

import errno
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crossres.files import recover, staged
from crossres.types import OutputExistsError, OutputWriteError

NAMES = ("SR.nii.gz", "SR.json", "SR.maps")
OPERATIONS = {
    "open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.scandir",
    "os.listdir",
}  # fmt: skip


def write(folder: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a set; the report of an earlier one goes with it."""
    paths = [folder / name for name in NAMES]
    with staged(paths, overwrite=overwrite, removed=[folder / "SR.html"]) as (
        volume,
        sidecar,
        maps,
    ):
        volume.write_text(text)
        sidecar.write_text(text)
        (maps / "maps.json").write_text(f'"{text}"')
        (maps / text).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def a_set(text: str) -> dict[str, str]:
    files = ("SR.nii.gz", "SR.json", f"SR.maps/{text}")
    return {**dict.fromkeys(files, text), "SR.maps/maps.json": f'"{text}"'}


def at_operation(number: int, act: Callable[[], object]) -> None:
    """Have something happen just before a certain file operation of this process."""
    count = 0

    def hook(event: str, _: object) -> None:
        nonlocal count
        count += event in OPERATIONS
        if event in OPERATIONS and count == number:
            act()

    sys.addaudithook(hook)


def in_child(work: Callable[[], object]) -> int:
    """Run something in a child process, and return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(number: int, folder: Path, *, overwrite: bool) -> bool:
    """Write a set in a process that is killed at an operation; return whether it came so far."""

    def work() -> None:
        at_operation(number, kill_me)
        write(folder, "new", overwrite=overwrite)

    return in_child(work) == -signal.SIGKILL


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


def test_what_a_running_process_writes_is_left_alone(tmp_path: Path) -> None:
    with staged([tmp_path / "SR.json"], overwrite=False) as (temporary,):
        temporary.write_text("half")
        assert in_child(lambda: recover(tmp_path)) == 0
        recover(tmp_path)
        temporary.write_text("whole")
    assert contents(tmp_path) == {"SR.json": "whole"}


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


def contents_of_outputs(folder: Path) -> dict[str, str]:
    return {name: text for name, text in contents(folder).items() if not name.startswith(".part")}


def test_a_file_made_meanwhile_is_kept_and_nothing_else_is_made(tmp_path: Path) -> None:
    def made_meanwhile() -> None:
        with staged([tmp_path / "SR.json", tmp_path / "SR.nii.gz"], overwrite=False) as files:
            for file in files:
                file.write_text("ours")
            (tmp_path / "SR.nii.gz").write_text("theirs")

    with pytest.raises(OutputExistsError, match=r"SR\.nii\.gz exists"):
        made_meanwhile()
    assert contents(tmp_path) == {"SR.nii.gz": "theirs"}


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


def test_a_link_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("old")
    (tmp_path / "SR.json").symlink_to("precious")
    with staged([tmp_path / "SR.json"], overwrite=True) as (file,):
        file.write_text("new")
    assert contents(tmp_path) == {"precious": "old", "SR.json": "new"}
    assert not (tmp_path / "SR.json").is_symlink()


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


def test_an_error_that_names_no_output_is_about_the_first(tmp_path: Path) -> None:
    def refuse() -> None:
        with staged([tmp_path / "SR.nii.gz", tmp_path / "SR.json"], overwrite=False):
            raise FileExistsError(errno.EEXIST, "File exists")

    with pytest.raises(OutputExistsError, match=r"SR\.nii\.gz exists"):
        refuse()


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
