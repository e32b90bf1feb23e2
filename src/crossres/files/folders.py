"""Folders of files that are there in full or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crossres.files.atomic_files import check_around, check_output, filled_folder
from crossres.types import OutputExistsError

_OURS = re.compile(r"\d{4,}\.dcm")


def check_folder(path: str | Path, overwrite: bool = False) -> None:
    """Fail early, before any work, where a folder of slices could not be made in the end.

    A folder is replaced only if it holds nothing but numbered slices (``0001.dcm``): what else is
    in a folder is worth more than a mistyped name.

    Args:
        path: The folder to be made.
        overwrite: Whether a folder of that name with slices in it may be replaced.

    Raises:
        OutputExistsError: Something of that name exists and may not be replaced.
        OutputWriteError: The folder around it is missing or may not be written to.

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
    check_around(path)
    entries = list(path.iterdir())
    if not entries:
        return
    if not all(entry.is_file() and _OURS.fullmatch(entry.name) for entry in entries):
        raise OutputExistsError(f"{path} holds other things than slices; give another name")
    if not overwrite:
        raise OutputExistsError(f"{path} exists; give --overwrite to replace it, or another name")


@contextmanager
def atomic_series(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder under a temporary name and give it its own name once it is complete.

    Args:
        path: The folder to be made.
        overwrite: Whether a folder of that name with slices in it may be replaced.

    Yields:
        An empty folder beside it, to be filled.

    Raises:
        OutputExistsError: As :func:`check_folder`.
        OutputWriteError: The folder around it may not be written to, or the disk is full.

    Example:
        >>> with atomic_series("SR") as temporary:  # doctest: +SKIP
        ...     (temporary / "0001.dcm").write_bytes(slice)
    """
    with filled_folder(Path(path), partial(check_folder, path, overwrite)) as temporary:
        yield temporary
