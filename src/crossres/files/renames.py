"""Renames that are carried out, undone, or after a kill completed, all together."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossres.files.lock import renames_alone
from crossres.files.signals import signals_deferred

JOURNAL, DRAFT = "journal.json", "journal.draft"


@dataclass(frozen=True)
class Rename:
    """The renames that put one output in its place.

    Args:
        new: The new file or folder; there is none for a removal.
        path: The output.
        old: Where the earlier output is kept until the end.
        overwrite: Whether an earlier output may be replaced.
        is_removal: Whether the output is only removed.
    """

    new: Path
    path: Path
    old: Path
    overwrite: bool = False
    is_removal: bool = False

    def apply(self) -> None:
        """Set the earlier output aside, and put the new one in its place.

        Raises:
            FileExistsError: The output exists and may not be replaced.
            OSError: The file system refuses.
        """
        if self.is_removal:
            self._set_aside()
        elif self.new.is_dir():
            if self.overwrite:
                self._set_aside()
            self.new.rename(self.path)
        elif self.overwrite:
            self._keep()
            self.new.replace(self.path)
        else:
            _rename_to_free_name(self.new, self.path)

    def undo(self) -> None:
        """Restore the state before :meth:`apply`, however far it came.

        Raises:
            OSError: The file system refuses.
        """
        placed = os.path.lexists(self.path) and not os.path.lexists(self.new)
        if placed and not self.is_removal:
            self.path.rename(self.new)
        elif self._is_linked():
            self.path.unlink()
        if os.path.lexists(self.old):
            self.old.replace(self.path)

    def _is_linked(self) -> bool:
        """Return whether the new file has both names, since its first could not be removed."""
        try:
            return os.path.samestat(self.path.lstat(), self.new.lstat())
        except FileNotFoundError:
            return False

    def complete(self) -> None:
        """Carry out what a killed process has left of :meth:`apply`.

        Raises:
            OSError: The file system refuses.
        """
        if self.is_removal and not os.path.lexists(self.old):
            self._set_aside()
        elif self.new.is_dir():
            if self.overwrite and not os.path.lexists(self.old):
                self._set_aside()
            self.new.rename(self.path)
        elif os.path.lexists(self.new) and (self.overwrite or not os.path.lexists(self.path)):
            self.new.replace(self.path)

    def _set_aside(self) -> None:
        if os.path.lexists(self.path):
            self.path.rename(self.old)

    def _keep(self) -> None:
        """Keep the earlier file for :meth:`undo`; it stays in its place until it is replaced."""
        if os.path.lexists(self.path):
            try:
                os.link(self.path, self.old, follow_symlinks=False)
            except OSError:  # a file system without hard links
                self.path.rename(self.old)


def rename_all(renames: Sequence[Rename], hidden: Path) -> None:
    """Carry out all renames or, if one fails, none; Ctrl-C waits for the end.

    Args:
        renames: The renames.
        hidden: Folder for the journal, by which :func:`complete` continues after a kill.

    Raises:
        FileExistsError: An output exists and may not be replaced.
        OSError: The file system refuses.
    """
    journal, begun = hidden / JOURNAL, []
    with signals_deferred(), renames_alone(rename.path.parent for rename in renames):
        _write_journal(renames, journal)
        try:
            for rename in renames:
                begun.append(rename)
                rename.apply()
        except BaseException:
            for rename in reversed(begun):
                rename.undo()
            journal.unlink()
            raise
        journal.unlink()


def complete(hidden: Path) -> None:
    """Complete the renames of a killed process.

    Args:
        hidden: Folder of the journal; without a journal nothing is done.

    Raises:
        OSError: The file system refuses.
    """
    journal = hidden / JOURNAL
    if not journal.exists():
        return
    for entry in json.loads(journal.read_text(encoding="ascii")):
        new, path, old = (hidden / entry[name] for name in _PATHS)
        Rename(new, path, old, entry["overwrite"], entry["is_removal"]).complete()
    journal.unlink()


_PATHS = ("new", "path", "old")


def _write_journal(renames: Sequence[Rename], journal: Path) -> None:
    """Write the journal in one step; its paths are relative to its folder."""
    entries = [
        {
            **{name: os.path.relpath(getattr(rename, name), journal.parent) for name in _PATHS},
            "overwrite": rename.overwrite,
            "is_removal": rename.is_removal,
        }
        for rename in renames
    ]
    draft = journal.with_name(DRAFT)
    with draft.open("w", encoding="ascii") as stream:
        json.dump(entries, stream)
        stream.flush()
        os.fsync(stream.fileno())  # a power failure leaves no empty journal
    draft.replace(journal)


def _rename_to_free_name(new: Path, path: Path) -> None:
    """Rename a file; unlike a plain rename, fail if another process has made the other one."""
    try:
        os.link(new, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise _exists(path) from None
        new.rename(path)
    else:
        new.unlink()


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
