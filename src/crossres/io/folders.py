"""The files below a folder, on a tree of any depth."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection
from pathlib import Path

from crossres.types import CrossresWarning


def files_below(folder: str | Path, *, but: Collection[str] = ()) -> list[Path]:
    """Return the files in a folder and its sub-folders; links to folders are not followed.

    A sub-folder that cannot be read is warned of.

    Args:
        folder: The folder; a missing one has no files.
        but: Names of sub-folders that are left out.

    Returns:
        The files, sorted.

    Example:
        >>> files_below("scans", but=["derivatives"])  # doctest: +SKIP
        [PosixPath('scans/sub-01_T1w.nii.gz')]
    """
    files: list[Path] = []
    left = [Path(folder)]
    while left:
        here = left.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        files.append(here / entry.name)
                    elif entry.name not in but:
                        left.append(here / entry.name)
        except OSError as error:
            if here != Path(folder):
                text = f"cannot read {here}: {error.strerror}; its scans are left out"
                warnings.warn(text, CrossresWarning, stacklevel=1)
    return sorted(files)
