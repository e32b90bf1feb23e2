"""Checksums of input files."""

from __future__ import annotations

import hashlib
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
