"""Input files opened: no pipes and devices, which never end, and no pointers to other files."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from crossres.types import FileFormatError

_POINTERS = {
    b"https://git-lfs.github.com/spec/": ("git-lfs", "git lfs pull"),
    b"annex/objects/": ("git-annex", "git annex get, or datalad get"),
}
"""Text of the small files that stand for content that was not fetched, and what fetches it."""
_POINTER_BYTES = 1000
"""No pointer is longer; a path of git-annex repeats its key, of at most 255 bytes, twice."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that takes the place of the file after the check must not block."""
_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def open_file(path: str | Path) -> BufferedReader:
    """Open an input file to read its bytes.

    Args:
        path: The file.

    Returns:
        The stream, at its beginning.

    Raises:
        FileFormatError: Missing, not readable, a folder, a pipe, a socket or a device, or a pointer
            of git-annex or git-lfs instead of the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> path.write_bytes(b"words")
        5
        >>> with open_file(path) as stream:
        ...     stream.read()
        b'words'
    """
    path = Path(path)
    try:
        check_regular(path)
        stream = os.fdopen(os.open(path, _FLAGS), "rb")
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; check the path") from error
    try:
        check_content(path, stream.peek(_POINTER_BYTES)[:_POINTER_BYTES])
    except BaseException:
        stream.close()
        raise
    return stream


def check_regular(path: Path) -> None:
    """Refuse what is not a file with an end, without opening it.

    Args:
        path: The file; it may be a link.

    Raises:
        FileFormatError: A folder, a pipe, a socket or a device, or a link of git-annex to content
            that was not fetched.
        OSError: Missing, or in a folder that cannot be searched.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            check_content(path, os.fsencode(path.readlink()))
        raise
    if stat.S_ISDIR(mode):
        raise FileFormatError(f"cannot read {path}: Is a directory; check the path")
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "a device")
        raise FileFormatError(f"cannot read {path}: it is {kind}; copy it to a file first")


def check_content(path: Path, start: bytes) -> None:
    """Refuse a file that stands for another one.

    Args:
        path: The file, for the error.
        start: Its first bytes, or the path that it links to.

    Raises:
        FileFormatError: A pointer of git-annex or git-lfs.
    """
    for words, (program, remedy) in _POINTERS.items():
        if words in start and b"\0" not in start:
            raise FileFormatError(
                f"{path} is a pointer of {program}, not the file itself; fetch it ({remedy})"
            )
