"""Checksums of files, and of folders of files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from crossres.files.regular_files import open_file
from crossres.types import FileFormatError


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits.

    Raises:
        FileFormatError: The file is missing or cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "empty"
        >>> path.touch()
        >>> sha256(path)[:8]
        'e3b0c442'
    """
    try:
        with open_file(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; check the path") from error


def content_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, or of a folder of files such as a DICOM series.

    That of a folder is the checksum of a text with a line for each file, sorted by name: checksum,
    two spaces, name. ``sha256sum * | sha256sum`` in the folder prints the same.

    Args:
        path: The file or folder.

    Returns:
        64 hexadecimal digits.

    Raises:
        FileFormatError: Something is missing or cannot be read.

    Example:
        >>> import tempfile
        >>> content_sha256(tempfile.mkdtemp())[:8]
        'e3b0c442'
    """
    path = Path(path)
    if not path.is_dir():
        return sha256(path)
    names = sorted(os.fsencode(file.name) for file in path.iterdir())
    lines = [sha256(path / os.fsdecode(name)).encode() + b"  " + name + b"\n" for name in names]
    return hashlib.sha256(b"".join(lines)).hexdigest()
