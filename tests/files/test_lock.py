"""A folder is one process's alone; a dead process locks nobody out."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crossres.files.lock import LOCK, Holder, locked, try_lock
from crossres.types import OutputWriteError

HOLD = """
import sys, time
from pathlib import Path
from crossres.files.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path):
    """Start another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_another_process_is_named(tmp_path, other):
    with pytest.raises(OutputWriteError) as caught, locked(tmp_path):
        pass
    text = str(caught.value)
    assert text.startswith(
        f"{tmp_path} is in use by process {other.pid} on {socket.gethostname()}, since 2"
    )
    assert text.endswith("; wait until it ends, or give another folder")


def test_a_killed_process_locks_nobody_out(tmp_path, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert str(other.pid) in (tmp_path / LOCK).read_text()
    with locked(tmp_path):
        assert (tmp_path / LOCK).read_text().splitlines()[0] == str(os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_an_error_releases_the_lock(tmp_path):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "new" / "folder"):
            raise ZeroDivisionError
    assert not (tmp_path / "new" / "folder").exists()


def test_a_folder_that_is_in_use_stays(tmp_path):
    (tmp_path / "empty").mkdir()
    with locked(tmp_path / "empty"), locked(tmp_path / "full"):
        (tmp_path / "full" / "file").touch()
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "full"}


def test_a_process_of_another_machine_is_believed(tmp_path):
    (tmp_path / LOCK).write_text("4711\nnode17.cluster\n2026-01-02 03:04:05+01:00\n")
    with pytest.raises(OutputWriteError) as caught, locked(tmp_path):
        pass
    assert "in use by process 4711 on node17.cluster, since 2026-01-02 03:04:05" in str(
        caught.value
    )
    assert str(caught.value).endswith(f"if it has ended already, remove {tmp_path / LOCK}")
    (tmp_path / LOCK).unlink()
    with locked(tmp_path):
        pass


@pytest.mark.parametrize(
    "text", ["", "x", "1\n2\n", "no\nhost\nstart\n", "1\n\x1b[2J\nx\n", "ü" * 99]
)
def test_a_file_that_names_nobody_is_taken_over(tmp_path, text):
    (tmp_path / LOCK).write_text(text)
    with locked(tmp_path):
        assert (tmp_path / LOCK).read_text().splitlines()[1] == socket.gethostname()


def test_without_a_name_the_lock_still_holds(tmp_path):
    with (tmp_path / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with (
            pytest.raises(OutputWriteError, match="in use by another process; wait"),
            locked(tmp_path),
        ):
            pass


@pytest.mark.parametrize("alive", [True, False])
def test_a_file_system_without_locks(tmp_path, monkeypatch, other, alive):
    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    if alive:
        with pytest.raises(OutputWriteError, match=f"process {other.pid} "), locked(tmp_path):
            pass
    else:
        other.kill()
        other.wait()
        with locked(tmp_path):
            pass
        assert list(tmp_path.iterdir()) == []


def test_one_that_waits_comes_next(tmp_path):
    order = []

    def second():
        with locked(tmp_path, wait=True):
            order.append("second")

    with locked(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


def test_the_lock_is_no_way_to_another_file(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("text")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / LOCK).symlink_to(precious)
    with pytest.raises(OutputWriteError, match="cannot write lock"), locked(tmp_path / "folder"):
        pass
    assert precious.read_text() == "text"


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "work").write_text("text")
    with pytest.raises(OutputWriteError, match="cannot write lock"), locked(tmp_path / "work"):
        pass


def test_which_processes_are_alive():
    here = socket.gethostname()
    assert Holder(os.getpid(), here, "").alive
    assert Holder(1, here, "").alive
    assert not Holder(2**31 - 1, here, "").alive
    assert Holder(1, here, "").here
    assert not Holder(1, f"{here}2", "").here


# The lock of a file


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = try_lock(path, create=True)
    assert held is not None
    assert try_lock(path, create=True) is None
    os.close(held)
    again = try_lock(path, create=False)
    assert again is not None
    os.close(again)


def test_without_create_the_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        try_lock(tmp_path / "lock", create=False)


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        try_lock(tmp_path / "lock", create=True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    ready, held = os.pipe()
    child = os.fork()
    if child == 0:
        try_lock(path, create=True)
        os.write(held, b"x")
        signal.pause()
    os.read(ready, 1)
    assert try_lock(path, create=False) is None
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    free = try_lock(path, create=False)
    assert free is not None
    for descriptor in (free, ready, held):
        os.close(descriptor)


def test_a_file_system_without_locks_is_free_to_its_maker_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", unsupported)
    held = try_lock(tmp_path / "lock", create=True)
    assert held is not None
    os.close(held)
    assert try_lock(tmp_path / "lock", create=False) is None
