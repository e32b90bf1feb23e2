"""Locks that end with the process that holds them, even if it is killed."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from crossres.files.output_checks import write_error
from crossres.types import OutputWriteError

LOCK = "lock"
"""Name of the file that is in a locked folder."""
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_LONGEST = 1000
_LONGEST_WAIT = 1.0


class Holder(NamedTuple):
    """The process that holds a lock, as the file of the lock names it.

    Args:
        pid: Number of the process.
        host: Name of its machine.
        start: When it took the lock, local time.
    """

    pid: int
    host: str
    start: str

    @property
    def here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def alive(self) -> bool:
        """Whether a process of this machine has its number."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            pass
        return True


def try_lock(path: Path, *, create: bool) -> int | None:
    """Lock a file without waiting.

    The lock belongs to the open file: the system releases it when the process ends, for whatever
    reason. On file systems without locks the file counts as free to its maker and as locked to
    everyone else.

    Args:
        path: The file, of no other use.
        create: Whether to make it.

    Returns:
        The descriptor that holds the lock, to be closed with :func:`os.close`; None if another
        process holds it.

    Raises:
        OSError: The file cannot be opened.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "lock"
        >>> held = try_lock(path, create=True)
        >>> try_lock(path, create=False) is None
        True
        >>> os.close(held)
    """
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if create and not isinstance(error, BlockingIOError):
            return descriptor
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def renames_alone(folders: Iterable[Path]) -> Iterator[None]:
    """Let no other process that uses this function rename in the same folders meanwhile.

    It waits for a second at most: the block needs milliseconds, and a lock that is held for longer
    is another one, such as that of ``flock folder command``.

    Args:
        folders: The folders, which exist.

    Yields:
        Nothing; where the file system has no locks the block just runs.

    Example:
        >>> with renames_alone([Path(".")]):
        ...     Path("new.json").replace("SR.json")  # doctest: +SKIP
    """
    limit = time.monotonic() + _LONGEST_WAIT
    with ExitStack() as stack:
        for folder in sorted({os.path.realpath(folder) for folder in folders}):
            with suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
                stack.callback(os.close, descriptor)
                _wait_for(descriptor, limit)
        yield


def _wait_for(descriptor: int, limit: float) -> None:
    """Lock an open folder, unless that takes too long."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                return
            time.sleep(0.005)
        else:
            return


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other processes out of a folder.

    The lock is one of the operating system (``flock``), which ends with its process, so that a
    killed process locks nobody out. The file names the process for others. A file of another
    machine is believed too: there are network file systems whose locks do not reach other machines.

    Args:
        folder: The folder; it is made, and removed if it was and is still empty.
        wait: Whether to wait for another process instead of raising an error. Only the lock of the
            operating system is respected then.

    Yields:
        Nothing, while the lock is held.

    Raises:
        OutputWriteError: Another process works in the folder, or it cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with locked(folder):
        ...     [path.name for path in folder.iterdir()]
        ['lock']
        >>> list(folder.iterdir())
        []
    """
    path, made = folder / LOCK, not folder.exists()
    try:
        lock = _acquire(path, wait=wait)
    except OutputWriteError:
        raise
    except OSError as error:
        raise write_error(path, error) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # before it is released: another process may take it then
        os.close(lock)
        if made:
            with suppress(OSError):  # something is in it
                folder.rmdir()


def _acquire(path: Path, *, wait: bool) -> int:
    """Return the open file of the lock once it is held and named."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(path, flags, 0o666)
        except FileNotFoundError:
            continue  # another process has removed the empty folder meanwhile
        try:
            _take(lock, path, wait=wait)
            if _is_at(lock, path):
                _sign(lock)
                return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # its process has removed it while this one waited


def _take(lock: int, path: Path, *, wait: bool) -> None:
    """Lock the file, or raise the error that names who has it."""
    free = True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise _in_use(path, _holder(lock)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        free = False  # a file system without locks: the file alone decides
    holder = _holder(lock)
    if holder is None or wait:
        return
    if not holder.here or (not free and holder.alive and holder.pid != os.getpid()):
        raise _in_use(path, holder)


def _holder(lock: int) -> Holder | None:
    """Return whom the file names, or None where it names nobody."""
    lines = os.pread(lock, _LONGEST, 0).decode(errors="replace").splitlines()
    if len(lines) != 3 or not lines[0].isdecimal() or not all(map(str.isprintable, lines)):
        return None
    return Holder(int(lines[0]), lines[1], lines[2])


def _in_use(path: Path, holder: Holder | None) -> OutputWriteError:
    who = "another process"
    if holder is not None:
        who = f"process {holder.pid} on {holder.host}, since {holder.start}"
    remedy = "wait until it ends, or give another folder"
    if holder is not None and not holder.here:
        remedy += f"; if it has ended already, remove {path}"
    return OutputWriteError(f"{path.parent} is in use by {who}; {remedy}")


def _is_at(lock: int, path: Path) -> bool:
    """Return whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False


def _sign(lock: int) -> None:
    """Name this process in the file."""
    start = datetime.now().astimezone().isoformat(" ", timespec="seconds")
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n{socket.gethostname()}\n{start}\n".encode(), 0)
