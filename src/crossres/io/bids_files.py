"""The files of a BIDS dataset: every real folder once, on any tree of links, to a fixed depth."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_SUBJECT, _SESSION = "sub-", "ses-"


@dataclass(frozen=True)
class BidsFiles:
    """The files below the folders of subjects.

    Args:
        places: Files in ``sub-X/datatype/`` and ``sub-X/ses-Y/datatype/``, sorted; each from the
            root on.
        unreadable: Folders that cannot be listed, each with the reason.
    """

    places: list[PurePosixPath] = field(default_factory=list)
    unreadable: list[tuple[PurePosixPath, str]] = field(default_factory=list)


def find_files(root: Path) -> BidsFiles:
    """Find the files in the folders in which BIDS has images.

    Each real folder is listed once: in its own place, or, if it is elsewhere, at the first link to
    it. No other folder is opened, so links in circles and deep trees cost nothing.

    Args:
        root: Folder of the dataset.

    Returns:
        The files, and the folders that cannot be read.

    Example:
        >>> find_files(Path("study")).places[0]  # doctest: +SKIP
        PurePosixPath('sub-01/anat/sub-01_T1w.nii.gz')
    """
    found = BidsFiles()
    own, linked = deque([PurePosixPath()]), deque[PurePosixPath]()
    seen: set[str] = set()
    while own or linked:
        place = own.popleft() if own else linked.popleft()
        real = os.path.realpath(root / place)
        if real in seen:
            continue
        seen.add(real)
        for entry in _entries(root, place, found):
            inner = place / entry.name
            if not _is_folder(entry):
                found.places.extend([inner] * (len(place.parts) > 1))
            elif _may_hold_images(inner):
                (linked if entry.is_symlink() else own).append(inner)
    found.places.sort()
    return found


def _entries(root: Path, place: PurePosixPath, found: BidsFiles) -> Iterator[os.DirEntry[str]]:
    """Yield the entries of a folder, sorted by name; note a folder that cannot be listed."""
    try:
        with os.scandir(root / place) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        found.unreadable.append((place, error.strerror or type(error).__name__))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry leads to a folder; a link in a circle leads nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _may_hold_images(place: PurePosixPath) -> bool:
    """Return whether a folder is one of a subject, of a session or of a data type."""
    subject, *rest = place.parts
    if not subject.startswith(_SUBJECT):
        return False
    return len(rest) < 2 or (len(rest) == 2 and rest[0].startswith(_SESSION))
