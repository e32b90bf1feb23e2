"""Sets of files and folders that are replaced as a whole.

The new files are written into a hidden folder beside the outputs. A journal in it then names all
renames, and they are carried out. An error in between undoes them. After a kill the next command
that writes there completes them: until the journal exists the earlier set counts, then the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crossres.files.output_checks import exists_error, write_error
from crossres.files.renames import Rename, rename_all
from crossres.files.staging import HOME, NEW, OLD, final_text, recover, staging_folder
from crossres.types import CrossresError


@dataclass(frozen=True)
class Member:
    """An output of a set.

    Args:
        path: The file or folder.
        check: Raises an error if the output may not be made; called before and after the writing,
            since another process may have made it during a long run.
        is_folder: Whether it is a folder.
        overwrite: Whether an existing one is replaced.
        is_removed: Whether it is only removed, since it belongs to the earlier set.
    """

    path: Path
    check: Callable[[], None]
    is_folder: bool = False
    overwrite: bool = False
    is_removed: bool = False


@contextmanager
def transaction(members: Sequence[Member]) -> Iterator[list[Path]]:
    """Write a set of outputs; at the end of the block it replaces the earlier set as a whole.

    Args:
        members: The outputs, at least one.

    Yields:
        A temporary path of the same name for each output that is made; folders exist.

    Raises:
        OutputExistsError: An output exists that may not be replaced.
        OutputWriteError: An output cannot be written. In either case all is as before.
        CrossresError: Any other error of crossres within the block.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "SR.json"
        >>> with transaction([Member(path, check=lambda: None)]) as (temporary,):
        ...     written = temporary.write_text("{}")
        >>> path.read_text()
        '{}'
    """
    parents = list(dict.fromkeys(member.path.absolute().parent for member in members))
    for parent in parents:
        recover(parent)
    _check(members)
    with _explained([member.path for member in members]), ExitStack() as stack:
        staged = {parent: stack.enter_context(staging_folder(parent)) for parent in parents}
        home, *others = staged.values()
        for hidden in others:
            (hidden / HOME).write_text(str(home))
        renames = [_rename(member, staged) for member in members]
        made = [rename.new for rename in renames if not rename.is_removal]
        for new, member in zip(made, (m for m in members if not m.is_removed), strict=True):
            if member.is_folder:
                new.mkdir()
        yield made
        _check(members)
        _flush(made)
        rename_all(renames, home)


def _check(members: Iterable[Member]) -> None:
    for member in members:
        member.check()


def _rename(member: Member, staged: dict[Path, Path]) -> Rename:
    path = member.path.absolute()
    hidden = staged[path.parent]
    return Rename(
        hidden / NEW / path.name,
        path,
        hidden / OLD / path.name,
        overwrite=member.overwrite,
        is_removal=member.is_removed,
    )


def _flush(paths: Iterable[Path]) -> None:
    """Have the system write files to the disk, so that a power failure leaves no empty ones."""
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else (path,):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def _explained(paths: Sequence[Path]) -> Iterator[None]:
    """Turn an error of the operating system into one about an output."""
    try:
        yield
    except CrossresError as error:
        # The code that writes has the temporary path only; the user knows the other.
        raise type(error)(final_text(str(error))) from error
    except OSError as error:
        path = _meant(paths, error)
        if isinstance(error, FileExistsError):
            raise exists_error(path) from error
        raise write_error(path, error) from error


def _meant(paths: Sequence[Path], error: OSError) -> Path:
    """Return the output that an error is about: the first one if it names none of them."""
    named = Path(os.fsdecode(error.filename or ""))
    return next((path for path in paths if path.name in named.parts), paths[0])
