"""Files read through the descriptor of their folder, so that names cannot lead elsewhere later."""

from __future__ import annotations

import os
import stat
import weakref
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from crossres.types import FileFormatError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY
# Without O_NONBLOCK the opening of a pipe would wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class OpenedFolder:
    """A folder that stays the same one when its name is given to another.

    Args:
        path: The folder; links on the way to it are followed.
        around: The folder that holds it under the last part of ``path``; a link is then refused.

    Raises:
        FileFormatError: It is missing, a link or cannot be read.
    """

    def __init__(self, path: Path, *, around: OpenedFolder | None = None) -> None:
        self.path = path
        try:
            if around is None:
                self.descriptor = os.open(path, _FOLDER)
            else:
                flags = _FOLDER | os.O_NOFOLLOW
                self.descriptor = os.open(path.name, flags, dir_fd=around.descriptor)
        except OSError as error:
            raise _refusal(path, error) from error
        weakref.finalize(self, os.close, self.descriptor)

    def holds(self, name: str) -> bool:
        """Look for an entry of this name, of whatever kind.

        Args:
            name: Name without a folder.

        Returns:
            Whether there is one.
        """
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def file(self, name: str) -> OpenedFile:
        """Return a file of the folder.

        Args:
            name: Name without a folder.

        Returns:
            The file; only this one is read later, not another that took its name.

        Raises:
            FileFormatError: It is missing, a link, not a file or cannot be read.
        """
        with self.stream(name) as stream:
            return OpenedFile(self, name, _identity(stream))

    def read(self, name: str) -> bytes:
        """Read a file of the folder.

        Args:
            name: Name without a folder.

        Returns:
            Its bytes.

        Raises:
            FileFormatError: As of :meth:`file`.
        """
        with self.stream(name) as stream:
            return stream.read()

    def stream(self, name: str) -> BufferedReader:
        """Open a file of the folder for reading.

        Args:
            name: Name without a folder.

        Returns:
            Its bytes.

        Raises:
            FileFormatError: It is missing, a link, not a file or cannot be read.
        """
        path = self.path / name
        try:
            descriptor = os.open(name, _FILE, dir_fd=self.descriptor)
        except OSError as error:
            raise _refusal(path, error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileFormatError(f"{path} is not a file; remove it")
        return os.fdopen(descriptor, "rb")


@dataclass(frozen=True, eq=False)
class OpenedFile:
    """A file that was there when the result was opened.

    Args:
        folder: Its folder.
        name: Its name there.
        identity: Device and inode.
    """

    folder: OpenedFolder
    name: str
    identity: tuple[int, int]

    def stream(self) -> BufferedReader:
        """Open the file for reading.

        Returns:
            Its bytes.

        Raises:
            FileFormatError: It is gone, or another file or a link has its name.
        """
        stream = self.folder.stream(self.name)
        if _identity(stream) != self.identity:
            stream.close()
            raise FileFormatError(f"{self.name} was replaced; start the viewer again")
        return stream


def _identity(stream: BufferedReader) -> tuple[int, int]:
    found = os.fstat(stream.fileno())
    return found.st_dev, found.st_ino


def _refusal(path: Path, error: OSError) -> FileFormatError:
    if path.is_symlink():
        return FileFormatError(f"{path} is a symbolic link; put the file itself in its place")
    if isinstance(error, FileNotFoundError):
        return FileFormatError(f"{path} is missing; make it again: `crossres enhance ... --maps`")
    return FileFormatError(f"cannot read {path}: {error.strerror}; check the path")
