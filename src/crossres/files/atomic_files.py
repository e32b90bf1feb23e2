"""A file or folder that is written in full or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crossres.files.output_checks import check_output
from crossres.files.staging import is_staged
from crossres.files.transaction import Member, transaction


@contextmanager
def atomic(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Write a file in a hidden folder and rename it once it is complete.

    Whatever ends the block early (an error, a full disk, Ctrl-C), no new file is left behind and an
    existing one is untouched.

    Args:
        path: The file to be made.
        overwrite: Whether a file of that name may be replaced.

    Yields:
        A path of the same name, to be written to.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
        CrossresError: Any other error of crossres within the block, with the temporary path in its
            message replaced by ``path``.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "report.json"
        >>> with atomic(path) as temporary:
        ...     written = temporary.write_text("{}")
        ...     path.exists()
        False
        >>> path.read_text()
        '{}'
    """
    path = Path(path)
    if is_staged(path):
        yield path  # renamed together with the other files of its set
        return
    member = Member(path, partial(check_output, path, overwrite), overwrite=overwrite)
    with transaction([member]) as (temporary,):
        yield temporary


@contextmanager
def atomic_folder(path: str | Path, *, marker: str, overwrite: bool = False) -> Iterator[Path]:
    """Fill a hidden folder and rename it once it is complete.

    Whatever ends the block early, no new folder is left behind and an existing one is untouched.
    An existing one is replaced as a whole.

    Args:
        path: The folder to be made.
        marker: Name of a file in it that identifies such a folder.
        overwrite: Whether a folder of that name that holds ``marker`` may be replaced.

    Yields:
        An empty folder of the same name, to be filled.

    Raises:
        OutputExistsError: The folder exists and ``overwrite`` is False.
        OutputWriteError: A file or a folder without ``marker`` has the name, the parent folder is
            missing or read-only, or the disk is full.
        CrossresError: As of :func:`atomic`.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "SR.maps"
        >>> with atomic_folder(path, marker="maps.json") as temporary:
        ...     written = (temporary / "maps.json").write_text("{}")
        >>> [file.name for file in path.iterdir()]
        ['maps.json']
    """
    path = Path(path)
    check = partial(check_output, path, overwrite, marker=marker)
    with transaction([Member(path, check, is_folder=True, overwrite=overwrite)]) as (temporary,):
        yield temporary
