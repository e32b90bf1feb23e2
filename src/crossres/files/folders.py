"""Folders of DICOM slices that are written in full or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crossres.files.output_checks import check_output, check_parent, exists_error
from crossres.files.transaction import Member, transaction
from crossres.types import OutputExistsError

_SLICE = re.compile(r"\d{4,}\.dcm")
_OURS, _HEAD_BYTES = b"crossres", 1 << 16
"""What the header of every slice of a result holds, and in how many bytes."""


def check_folder(path: str | Path, overwrite: bool = False) -> None:
    """Check before any work that a folder of slices can be made.

    A folder is replaced only if it holds numbered slices (``0001.dcm``) that crossres made, and
    nothing else, so that a mistyped name cannot destroy other files.

    Args:
        path: The folder to be made.
        overwrite: Whether a folder of that name with slices in it may be replaced.

    Raises:
        OutputExistsError: Something of that name exists and may not be replaced.
        OutputWriteError: The parent folder is missing or read-only.

    Example:
        >>> check_folder("/no/such/folder/SR")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        crossres.types.OutputWriteError: cannot write SR: /no/such/folder does not exist; ...
    """
    path = Path(path)
    if not path.is_dir():
        check_output(path)
        return
    check_parent(path)
    entries = list(path.iterdir())
    if not entries:
        return
    if not all(entry.is_file() and _SLICE.fullmatch(entry.name) for entry in entries):
        raise OutputExistsError(f"{path} holds other things than slices; give another name")
    if not overwrite:
        raise exists_error(path)
    if not all(map(_is_ours, entries)):
        raise OutputExistsError(f"{path} holds slices of another program; give another name")


def _is_ours(path: Path) -> bool:
    """Return whether a slice names crossres in its header."""
    try:
        with path.open("rb") as stream:
            return _OURS in stream.read(_HEAD_BYTES)
    except OSError:
        return False


@contextmanager
def atomic_series(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a hidden folder with slices and rename it once it is complete.

    Args:
        path: The folder to be made.
        overwrite: Whether a folder of that name with slices in it may be replaced.

    Yields:
        An empty folder of the same name, to be filled.

    Raises:
        OutputExistsError: Something of that name exists and may not be replaced.
        OutputWriteError: The parent folder is missing or read-only, or the disk is full.
        CrossresError: Any other error of crossres within the block.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "SR"
        >>> with atomic_series(path) as temporary:
        ...     written = (temporary / "0001.dcm").write_bytes(b"one slice")
        >>> [file.name for file in path.iterdir()]
        ['0001.dcm']
    """
    path = Path(path)
    check = partial(check_folder, path, overwrite)
    with transaction([Member(path, check, is_folder=True, overwrite=overwrite)]) as (temporary,):
        yield temporary
