"""Files as they were read: the checksum of the very bytes, and whether they are still the same."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedIOBase, BufferedReader
from pathlib import Path

from crossres.files.regular_files import open_file
from crossres.types import FileFormatError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Snapshot:
    """A file as it was read.

    Args:
        path: The file.
        sha256: Checksum of the bytes that were read.
        state: Device, inode, size and time of the last change when it was opened.
    """

    path: Path
    sha256: str
    state: tuple[int, int, int, int]

    @property
    def fate(self) -> str:
        """What became of the file: empty if nothing, else "was changed" or "was removed"."""
        try:
            return "" if _state(self.path.stat()) == self.state else "was changed"
        except OSError:
            return "was removed"


class HashedStream(BufferedIOBase):
    """A file that is hashed while it is read, from its beginning to its end.

    Args:
        path: The file, for :meth:`snapshot`.
        raw: The open file, at its beginning.
    """

    def __init__(self, path: Path, raw: BufferedReader) -> None:
        self._path, self._raw, self._digest = path, raw, hashlib.sha256()
        self._state = _state(os.fstat(raw.fileno()))

    def readable(self) -> bool:
        """Return whether the stream can be read.

        Returns:
            True.
        """
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes.

        Args:
            size: Their largest number; all that are left for -1 or None.

        Returns:
            The bytes, none at the end.
        """
        found = self._raw.read(size)
        self._digest.update(found)
        return found

    def snapshot(self) -> Snapshot:
        """Read the file to its end.

        Returns:
            The file as it was read.
        """
        while self.read(_CHUNK):
            pass
        return Snapshot(self._path, self._digest.hexdigest(), self._state)


def read_whole(path: Path) -> tuple[bytes, Snapshot]:
    """Read a file at once.

    Args:
        path: The file.

    Returns:
        Its bytes, and the file as it was read.

    Raises:
        FileFormatError: It cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "0001.dcm"
        >>> written = path.write_bytes(b"DICM")
        >>> read_whole(path)[0]
        b'DICM'
    """
    try:
        with open_file(path) as raw:
            stream = HashedStream(path, raw)
            return stream.read(), stream.snapshot()
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; check the path") from error


def _state(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
