"""The metadata of a file: the JSON files that apply to it, as BIDS defines it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crossres.files import read_json
from crossres.files.outputs import IMAGES

_SUBJECT, _SESSION = "sub-", "ses-"
_INDICES = ("run", "echo", "flip", "inv", "split", "chunk")
"""Entities whose labels are numbers: run-01 is run-1."""


def read_metadata(path: Path) -> dict[str, Any]:
    """Read the metadata of a scan from the JSON files that apply to it.

    A JSON file of a BIDS dataset applies to the scans below its folder whose name has its suffix
    and all of its entities. Files nearer to the scan come later, in one folder those with more
    entities. Outside a dataset the file with the name of the scan applies, and no other.

    Args:
        path: The image, which need not exist.

    Returns:
        The values of all files that apply, replaced by those of later files.

    Raises:
        FileFormatError: A file that applies cannot be read.

    References:
        The inheritance principle of BIDS, doi 10.1038/sdata.2016.44.

    Example:
        >>> read_metadata(Path("sub-01/anat/sub-01_T2w.nii.gz"))
        {}
    """
    found: dict[str, Any] = {}
    for sidecar in _sidecars(path):
        found |= read_json(sidecar)
    return found


def _sidecars(path: Path) -> Iterator[Path]:
    path = path.absolute()
    ending = next((ending for ending in IMAGES if path.name.endswith(ending)), "")
    stem = path.name.removesuffix(ending)
    levels = _levels(path)
    if levels == 1:
        own = path.with_name(f"{stem}.json")
        yield from [own] * own.is_file()
        return
    suffix, entities = _parsed(stem)
    for folder in reversed(list(path.parents)[:levels]):
        named = [(_parsed(file.stem), file) for file in sorted(folder.glob("*.json"))]
        fits = [
            (len(own), file)
            for (ending, own), file in named
            if ending == suffix and own.items() <= entities.items()
        ]
        yield from (file for _, file in sorted(fits, key=lambda one: one[0]))


def _levels(path: Path) -> int:
    """Return how many folders above a scan hold metadata: up to the root of its dataset."""
    above = [folder.name for folder in path.parents]
    if len(above) > 2 and above[1].startswith(_SUBJECT):
        return 3
    if len(above) > 3 and above[1].startswith(_SESSION) and above[2].startswith(_SUBJECT):
        return 4
    return 1


def _parsed(stem: str) -> tuple[str, Mapping[str, str]]:
    """Return the suffix and the labels of a name by entity; indices without leading zeros."""
    *parts, suffix = stem.split("_")
    labels = [part.partition("-")[::2] for part in parts]
    return suffix, {key: label.lstrip("0") if key in _INDICES else label for key, label in labels}
