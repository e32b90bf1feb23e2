"""Outputs that are there in full or not at all, and fingerprints of inputs."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crossres.types import (
    CrossresError,
    OutputExistsError,
    OutputWriteError,
)

_PART = ".part-"
_LONGEST_END = 100

_FULL = "free some space or choose another folder"
_FORBIDDEN = "choose a folder that you may write to"
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
}


def check_output(path: str | Path, overwrite: bool = False, *, marker: str | None = None) -> None:
    """Fail early, before any work, where ``path`` could not be written in the end.

    Args:
        path: The file or folder to be made.
        overwrite: Whether one of that name may be replaced.
        marker: None for a file; for a folder the name of a file in it. A folder that lacks this
            file was made by somebody else and is never replaced.

    Raises:
        OutputExistsError: It exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or may not be written to, or something else has the
            name of ``path``.

    Example:
        >>> check_output("/no/such/folder/sr.nii.gz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        crossres.types.OutputWriteError: cannot write sr.nii.gz: /no/such/folder does not exist; ...
    """
    path = Path(path)
    check_around(path)
    if path.exists() and not (path if marker is None else path / marker).is_file():
        found = "not a file" if marker is None else f"not a folder with {marker}"
        raise OutputWriteError(f"cannot write {path}: it is {found}; choose another name")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists; give --overwrite to replace it, or another name")


def check_around(path: Path) -> None:
    """Fail where nothing of any name could be made beside ``path``.

    Raises:
        OutputWriteError: The folder around it is missing or may not be written to.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise OutputWriteError(f"cannot write {path.name}: {folder} {what}; make the folder first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputWriteError(f"cannot write {path.name} in {folder}: {_FORBIDDEN}")


@contextmanager
def atomic(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name and give it its own name once it is complete.

    Whatever ends the block early (an error, a full disk, Ctrl-C), no new file is left behind
    and an existing one is untouched.

    Args:
        path: The file to be made.
        overwrite: Whether a file of that name may be replaced.

    Yields:
        A path in the same folder with the same suffixes, to be written to.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or may not be written to, or the disk is full.

    Example:
        >>> with atomic("report.json") as temporary:  # doctest: +SKIP
        ...     temporary.write_text("{}")
    """
    path = Path(path)
    check_output(path, overwrite)
    temporary = _temporary(path)
    try:
        with _explained(path, temporary):
            yield temporary
            # A long run leaves time for someone else to have made the file meanwhile.
            check_output(path, overwrite)
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path, *, marker: str, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder under a temporary name and give it its own name once it is complete.

    Whatever ends the block early, no new folder is left behind and an existing one is untouched.
    An existing one is replaced as a whole.

    Args:
        path: The folder to be made.
        marker: Name of a file in it, by which such a folder is known.
        overwrite: Whether a folder of that name that holds ``marker`` may be replaced.

    Yields:
        An empty folder beside it, to be filled.

    Raises:
        OutputExistsError: The folder exists and ``overwrite`` is False.
        OutputWriteError: Another kind of folder or a file is in the way, the folder around it is
            missing or may not be written to, or the disk is full.

    Example:
        >>> with atomic_folder("SR.maps", marker="maps.json") as temporary:  # doctest: +SKIP
        ...     (temporary / "maps.json").write_text("{}")
    """
    check = partial(check_output, path, overwrite, marker=marker)
    with filled_folder(Path(path), check) as temporary:
        yield temporary


@contextmanager
def filled_folder(path: Path, check: Callable[[], None]) -> Iterator[Path]:
    """Fill a folder under a temporary name, put in place of one that ``check`` lets go.

    Args:
        path: The folder to be made.
        check: Raises what keeps the folder from being made; asked before and after.

    Yields:
        An empty folder beside it, to be filled.

    Raises:
        OutputWriteError: The folder around it may not be written to, or the disk is full.
    """
    check()
    temporary = _temporary(path)
    try:
        with _explained(path, temporary):
            temporary.mkdir()
            yield temporary
            # A long run leaves time for someone else to have made the folder meanwhile.
            check()
            _put_in_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put_in_place(new: Path, path: Path) -> None:
    """Rename a folder; one that has the name already is kept until the new one has it."""
    if not path.exists():
        new.rename(path)
        return
    old = _temporary(path)
    path.rename(old)
    try:
        new.rename(path)
    except BaseException:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _explained(path: Path, temporary: Path) -> Iterator[None]:
    """Turn what the system says into a line about the output."""
    try:
        yield
    except CrossresError as error:
        # Whoever wrote knows the temporary name only; the user knows the other.
        raise type(error)(str(error).replace(temporary.name, path.name)) from error
    except OSError as error:
        raise write_error(path, error) from error


def _temporary(path: Path) -> Path:
    return path.with_name(f"{_PART}{uuid.uuid4().hex[:12]}-{_end(path)}")


def leftovers(path: str | Path) -> list[Path]:
    """Return the temporary files of writes of ``path`` whose process was killed in between.

    What is being written at this moment looks the same: ask only where nobody writes ``path``.

    Example:
        >>> leftovers("report.json")
        []
    """
    path = Path(path)
    end = _end(path)
    parts = path.parent.glob(f"{_PART}*") if path.parent.is_dir() else ()
    return sorted(part for part in parts if part.name[len(_PART) + 13 :] == end)


def _end(path: Path) -> str:
    """Return what a temporary name ends in: the name, or as much of it as a file system takes."""
    return path.name[-_LONGEST_END:]


def write_error(path: Path, error: OSError) -> OutputWriteError:
    """Say which file could not be written where, why, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, "choose another folder")
    reason = error.strerror or str(error) or type(error).__name__
    folder = path.absolute().parent
    return OutputWriteError(f"cannot write {path.name} in {folder}: {reason}; {remedy}")
