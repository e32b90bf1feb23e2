"""The folder of temporary files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "TMPDIR"


@contextmanager
def temporary_files_in(folder: str | Path) -> Iterator[None]:
    """Let this process, and those that it starts, make their temporary files in a folder.

    Args:
        folder: The folder; it is made where it does not exist.

    Yields:
        Nothing; afterwards temporary files go where they went before.

    Raises:
        OSError: The folder cannot be made.

    Example:
        >>> with temporary_files_in(tempfile.mkdtemp()):
        ...     made = tempfile.mkdtemp()
        >>> made.startswith(tempfile.gettempdir())
        True
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    before = tempfile.tempdir, os.environ.get(_VARIABLE)
    tempfile.tempdir = os.environ[_VARIABLE] = str(Path(folder).absolute())
    try:
        yield
    finally:
        tempfile.tempdir, variable = before
        os.environ.pop(_VARIABLE)
        if variable is not None:
            os.environ[_VARIABLE] = variable
