"""Locks that end with the process that holds them, even if it is killed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_PRIVATE = 0o600
_LONGEST_WAIT = 1.0


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
    descriptor = os.open(path, flags, _PRIVATE)
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
