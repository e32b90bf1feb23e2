"""The shipped weights by name and version; without torch, so that they are listed at once."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from crossres.types import WeightsError

INDEX = "index.json"
"""Name of the index beside the shipped weights."""
_WITH_VERSION = re.compile(r"(.+)@([1-9][0-9]{0,4})")


class IndexEntry(BaseModel):
    """One version of shipped weights.

    Args:
        name: Name of the weights.
        version: Version of the weights, from 1.
        release: Release of crossres that had this version first; None until there is one.
        sha256: Checksum of the file.
        target: Contrast to enhance, as BIDS writes it, or "any".
        guide: Contrast of the guide, "any", or None if unguided.
        plane: Plane of the slices.
        factors: Range of factors that the weights are for.
        spacing_mm: Range of the spacing along the coarse axes in training, mm.
        population: Whose scans they were trained on.
        licence: Licence of the weights.
        changes: What changed since the version before.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int
    release: str | None
    sha256: str
    target: str
    guide: str | None
    plane: str
    factors: tuple[float, float]
    spacing_mm: tuple[float, float]
    population: str
    licence: str
    changes: str

    @property
    def full_name(self) -> str:
        """Name and version."""
        return with_version(self.name, self.version)


def with_version(name: str, version: int) -> str:
    """Return the name by which one version of weights is recorded.

    Args:
        name: Name of the weights.
        version: Their version.

    Returns:
        Both.

    Example:
        >>> with_version("t1-t2-axial-x4", 2)
        't1-t2-axial-x4@2'
    """
    return f"{name}@{version}"


def split_version(text: str) -> tuple[str, int | None]:
    """Return the name and the version in a text.

    Args:
        text: Name of weights, with or without a version.

    Returns:
        Name, and version or None.

    Example:
        >>> split_version("t1-t2-axial-x4@2"), split_version("t1-t2-axial-x4")
        (('t1-t2-axial-x4', 2), ('t1-t2-axial-x4', None))
    """
    found = _WITH_VERSION.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, None)


def shipped_folder() -> Path:
    """Return the folder of the shipped weights.

    Returns:
        The folder, with the index.
    """
    return Path(str(resources.files("crossres"))) / "weights" / "shipped"


def read_index(folder: Path | None = None) -> list[IndexEntry]:
    """Return all versions of shipped weights, also those that are no longer in the package.

    Args:
        folder: Folder with the index; that of the package by default.

    Returns:
        Entries sorted by name and version; none for a folder without an index.

    Example:
        >>> [e.version for e in read_index() if e.name == "t1-t2-axial-x4"]
        [1, 2]
    """
    path = (folder or shipped_folder()) / INDEX
    if not path.is_file():
        return []
    return TypeAdapter(list[IndexEntry]).validate_json(path.read_bytes())


def shipped_names() -> list[str]:
    """Return the names of the weights in the package.

    Returns:
        Sorted names.

    Example:
        >>> "t1-t2-axial-x4" in shipped_names()
        True
    """
    return sorted(path.stem for path in shipped_folder().glob("*.safetensors"))


def shipped_path(name: str | Path) -> Path | None:
    """Return the file of shipped weights.

    Args:
        name: Name of the weights, with or without a version.

    Returns:
        The path; None where neither this name nor this version is in the package.
    """
    base, version = split_version(str(name))
    path = shipped_folder() / f"{base}.safetensors"
    newest = max((entry.version for entry in _versions(base)), default=None)
    return path if path.is_file() and version in (None, newest) else None


def weights_path(name: str | Path) -> Path:
    """Return the file of weights.

    Args:
        name: Name of shipped weights, with or without a version, or a file.

    Returns:
        The path.

    Raises:
        WeightsError: Neither shipped weights nor a file.
    """
    path = shipped_path(name) or Path(name)
    if not path.is_file():
        base, version = split_version(str(name))
        if version is not None and _versions(base):
            raise WeightsError(_other_version(base, version))
        known = ", ".join(shipped_names()) or "none"
        raise WeightsError(f"no weights {str(name)!r}: give a .safetensors file or one of {known}")
    return path


def _versions(name: str) -> list[IndexEntry]:
    return [entry for entry in read_index() if entry.name == name]


def _other_version(name: str, version: int) -> str:
    """Return the message for a version that is not in the package: which are, and the remedy."""
    versions = {entry.version: entry for entry in _versions(name)}
    newest, wrong = versions[max(versions)].full_name, with_version(name, version)
    if version not in versions:
        known = ", ".join(str(number) for number in versions)
        return (
            f"there are no weights {wrong!r}: the versions of {name!r} are {known}; give "
            f"{newest!r}, or the name without a version"
        )
    return (
        f"weights {wrong!r} are not in the package, which has {newest!r}; give the name without a "
        f"version, or `weights` as the .safetensors file of version {version} "
        f"(weights/shipped/{name}.safetensors in crossres {versions[version].release})"
    )
