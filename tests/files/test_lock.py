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

from crossres.files.lock import LOCK, Holder, locked
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
