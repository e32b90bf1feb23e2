"""Locks that end with the process that holds them, even if it is killed."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_PRIVATE = 0o600


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
