"""Outputs that are written in full or not at all."""

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

from crossres.types import CrossresError, OutputExistsError, OutputWriteError

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
    """Check before any work that ``path`` can be written.

    Args:
        path: The file or folder to be made.
        overwrite: Whether one of that name may be replaced.
        marker: None for a file; for a folder the name of a file in it. A folder without this file
            was not made by crossres and is never replaced.

    Raises:
        OutputExistsError: It exists and ``overwrite`` is False.
        OutputWriteError: The parent folder is missing or read-only, or something of another kind
            has the name.

    Example:
        >>> check_output("/no/such/folder/sr.nii.gz")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        crossres.types.OutputWriteError: cannot write sr.nii.gz: /no/such/folder does not exist; ...
    """
    path = Path(path)
    check_parent(path)
    if path.exists() and not (path if marker is None else path / marker).is_file():
        found = "not a file" if marker is None else f"not a folder with {marker}"
        raise OutputWriteError(f"cannot write {path}: it is {found}; choose another name")
    if path.exists() and not overwrite:
        raise exists_error(path)


def exists_error(path: Path) -> OutputExistsError:
    """Make the error for an output that exists and may not be replaced.

    Args:
        path: The output.

    Returns:
        The error, with the remedy.
    """
    return OutputExistsError(f"{path} exists; set `overwrite` to replace it, or give another name")


def check_parent(path: Path) -> None:
    """Check that the folder around an output exists and can be written to.

    Args:
        path: The output.

    Raises:
        OutputWriteError: The folder is missing or read-only.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise OutputWriteError(f"cannot write {path.name}: {folder} {what}; make the folder first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputWriteError(f"cannot write {path.name} in {folder}: {_FORBIDDEN}")


@contextmanager
def atomic(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name and rename it once it is complete.

    Whatever ends the block early (an error, a full disk, Ctrl-C), no new file is left behind and an
    existing one is untouched.

    Args:
        path: The file to be made.
        overwrite: Whether a file of that name may be replaced.

    Yields:
        A path in the same folder with the same suffixes, to be written to.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
        CrossresError: Any other error of crossres within the block, with the temporary name in its
            message replaced by that of ``path``.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "report.json"
        >>> with atomic(path) as temporary:
        ...     written = temporary.write_text("{}")
        ...     path.exists()
        False
        >>> path.read_text()
        '{}'
    """
    path = Path(path)
    check_output(path, overwrite)
    temporary = _temporary(path)
    try:
        with _explained(path, temporary):
            yield temporary
            # Another process may have made the file during a long run.
            check_output(path, overwrite)
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | Path, *, marker: str, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder under a temporary name and rename it once it is complete.

    Whatever ends the block early, no new folder is left behind and an existing one is untouched.
    An existing one is replaced as a whole.

    Args:
        path: The folder to be made.
        marker: Name of a file in it that identifies such a folder.
        overwrite: Whether a folder of that name that holds ``marker`` may be replaced.

    Yields:
        An empty folder in the same parent, to be filled.

    Raises:
        OutputExistsError: The folder exists and ``overwrite`` is False.
        OutputWriteError: A file or a folder without ``marker`` has the name, the parent folder is
            missing or read-only, or the disk is full.
        CrossresError: As of :func:`atomic`.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "SR.maps"
        >>> with atomic_folder(path, marker="maps.json") as temporary:
        ...     written = (temporary / "maps.json").write_text("{}")
        >>> [file.name for file in path.iterdir()]
        ['maps.json']
    """
    check = partial(check_output, path, overwrite, marker=marker)
    with filled_folder(Path(path), check) as temporary:
        yield temporary


@contextmanager
def filled_folder(path: Path, check: Callable[[], None]) -> Iterator[Path]:
    """Fill a folder under a temporary name, and replace the existing one if ``check`` allows it.

    Args:
        path: The folder to be made.
        check: Raises an error if the folder may not be made; called before and after the block.

    Yields:
        An empty folder in the same parent, to be filled.

    Raises:
        OutputWriteError: The parent folder is read-only, or the disk is full.
        CrossresError: What ``check`` raises, and as of :func:`atomic`.
    """
    check()
    temporary = _temporary(path)
    try:
        with _explained(path, temporary):
            temporary.mkdir()
            yield temporary
            # Another process may have made the folder during a long run.
            check()
            _put_in_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put_in_place(new: Path, path: Path) -> None:
    """Rename a folder; an existing one of that name is kept until the new one has replaced it."""
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
    """Turn an error of the operating system into one about the output."""
    try:
        yield
    except CrossresError as error:
        # The code that writes has the temporary name only; the user knows the other.
        raise type(error)(str(error).replace(temporary.name, path.name)) from error
    except OSError as error:
        raise write_error(path, error) from error


def _temporary(path: Path) -> Path:
    """Return a new temporary name in the same folder."""
    return path.with_name(f"{_PART}{uuid.uuid4().hex[:12]}-{_end(path)}")


def leftovers(path: str | Path) -> list[Path]:
    """Return the temporary files of earlier writes of ``path`` whose process was killed.

    A file that is being written looks the same: call this only while no process writes ``path``.

    Args:
        path: The output.

    Returns:
        The temporary files, sorted by name.

    Example:
        >>> leftovers("report.json")
        []
    """
    path = Path(path)
    end = _end(path)
    parts = path.parent.glob(f"{_PART}*") if path.parent.is_dir() else ()
    return sorted(part for part in parts if part.name[len(_PART) + 13 :] == end)


def _end(path: Path) -> str:
    """Return the end of a temporary name: the name, cut to what file systems accept."""
    return path.name[-_LONGEST_END:]


def write_error(path: Path, error: OSError) -> OutputWriteError:
    """Make the error for an output that could not be written.

    Args:
        path: The output.
        error: The error of the operating system.

    Returns:
        The error, with the file, its folder, the reason and the remedy.
    """
    remedy = _REMEDIES.get(error.errno or 0, "choose another folder")
    reason = error.strerror or str(error) or type(error).__name__
    folder = path.absolute().parent
    return OutputWriteError(f"cannot write {path.name} in {folder}: {reason}; {remedy}")
