"""Hidden folders in which outputs are written, and what killed processes leave of them."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from crossres.files.lock import try_lock
from crossres.files.renames import DRAFT, JOURNAL, complete
from crossres.files.signals import signals_deferred

PART = ".part-"
"""Start of the names of hidden folders."""
NEW, OLD, HOME = "new", "old", "home"
"""Names in a hidden folder: of the new and the earlier outputs, and of the file that names the
hidden folder with the journal, where outputs of a set have different parents."""
_LOCK = "lock"
_NAME = re.compile(rf"{re.escape(PART)}[0-9a-f]{{12}}")
_CONTENT = {NEW, OLD, HOME, _LOCK, JOURNAL, DRAFT}


@contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder for outputs, and remove it at the end.

    A lock marks it as in use: other processes leave it alone until this one ends.

    Args:
        parent: The folder of the outputs.

    Yields:
        The folder, with empty folders for new and for earlier outputs.

    Raises:
        OSError: It cannot be made.
    """
    with ExitStack() as stack:
        with signals_deferred():  # a signal must find the folder either absent or registered here
            hidden, lock = _locked_folder(parent)
            stack.callback(_close, hidden, lock)
        (hidden / NEW).mkdir()
        (hidden / OLD).mkdir()
        yield hidden


def _close(hidden: Path, lock: int) -> None:
    """Remove a hidden folder and release its lock; signals wait for the end."""
    with signals_deferred():
        # A journal is left where renames could neither be completed nor undone.
        if not (hidden / JOURNAL).exists():
            with suppress(OSError):
                _remove(hidden)
        os.close(lock)


def recover(folder: Path) -> None:
    """Complete or remove what killed processes have left in a folder.

    A set whose journal exists is completed; anything else is removed. What running processes are
    writing is not touched, nor what another user has made: in a shared folder such as /tmp, a
    journal of theirs could rename any file of this user.

    Args:
        folder: The folder; it need not exist.
    """
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        found = [entry for entry in entries if _NAME.fullmatch(entry.name)]
    for entry in found:
        with suppress(OSError, ValueError, LookupError, TypeError):  # a damaged journal
            if entry.is_dir(follow_symlinks=False) and _is_own(Path(entry.path)):
                _recover_staging(Path(entry.path))


def _is_own(hidden: Path) -> bool:
    """Return whether a folder is one of this module, made by this user."""
    is_ours = hidden.stat().st_uid == os.geteuid()
    return is_ours and {entry.name for entry in hidden.iterdir()} <= _CONTENT


def is_staged(path: Path) -> bool:
    """Return whether a path is the temporary path of an output.

    Args:
        path: Any path.

    Returns:
        True if it lies in a folder of :func:`staging_folder`.
    """
    return path.parent.name == NEW and path.parent.parent.name.startswith(PART)


def final_text(text: str) -> str:
    """Replace temporary paths by those of the outputs.

    Args:
        text: A message or path.

    Returns:
        The same without hidden folders.

    Example:
        >>> final_text("cannot read /out/.part-0123456789ab/new/SR.nii.gz")
        'cannot read /out/SR.nii.gz'
    """
    return re.sub(rf"{re.escape(PART)}[0-9a-f]{{12}}{os.sep}({NEW}{os.sep})?", "", text)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Make a hidden folder, and hold its lock."""
    while True:
        hidden = parent / f"{PART}{uuid.uuid4().hex[:12]}"
        hidden.mkdir()
        # Until its lock is held, another process may remove the folder as a leftover.
        with suppress(FileNotFoundError):
            lock = _first_lock(hidden)
            if lock is not None:
                if os.path.samestat((hidden / _LOCK).stat(), os.fstat(lock)):
                    return hidden, lock
                os.close(lock)


def _first_lock(hidden: Path) -> int | None:
    """Lock a new folder, or remove it if the file of the lock cannot be made."""
    try:
        return try_lock(hidden / _LOCK, create=True)
    except OSError:
        with suppress(OSError):
            hidden.rmdir()
        raise


def _recover_staging(hidden: Path) -> None:
    """Complete or remove one hidden folder, unless its process is running."""
    try:
        lock = try_lock(hidden / _LOCK, create=False)
    except FileNotFoundError:
        hidden.rmdir()  # killed before it made its lock: nothing else is in it
        return
    if lock is None:
        return
    try:
        if (hidden / HOME).exists():
            recover(Path((hidden / HOME).read_text()).parent)
        complete(hidden)
        _remove(hidden)
    finally:
        os.close(lock)


def _remove(hidden: Path) -> None:
    """Remove a hidden folder, its lock last: a folder without a lock is empty."""
    for entry in hidden.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()
    (hidden / _LOCK).unlink()
    hidden.rmdir()
