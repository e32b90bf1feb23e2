"""Checksums of files and folders."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
        >>> sha256("/dev/null")[:8]
        'e3b0c442'
    """
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; check the path") from error


def sha256_folder(folder: Path) -> str:
    """Return the SHA-256 of the files of a folder.

    Args:
        folder: A folder without folders in it.

    Returns:
        64 hexadecimal digits: the SHA-256 of a line "digest  name" for each file, by name.

    Raises:
        FileFormatError: A file is missing or cannot be read.
    """
    lines = [f"{sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
