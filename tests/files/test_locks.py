"""A lock ends with its process."""

import os
import signal
from pathlib import Path

import pytest

from crossres.files.locks import try_lock


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
