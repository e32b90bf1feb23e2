"""Checks of outputs before any work, and errors about them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from crossres.types import OutputExistsError, OutputWriteError

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
    if os.path.lexists(path) and not overwrite:  # a broken link has the name too
        raise exists_error(path)


def holds_only(folder: Path, marker: str) -> bool:
    """Return whether a folder holds a marker and no other files than the marker names.

    Args:
        folder: A path, which need not exist.
        marker: Name of the marker, a JSON file; hidden files, as of file managers, do not count.

    Returns:
        True for a folder that crossres made and to which nothing was added.
    """
    try:
        named = (folder / marker).read_text(encoding="utf-8", errors="replace")
        entries = [path.name for path in folder.iterdir() if path.name != marker]
    except OSError:
        return False
    return all(name.startswith(".") or f'"{name}"' in named for name in entries)


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
