"""BIDS datasets in: their scans, by the names of the files.

The package ancpbids finds the files and parses their names. This module limits them to
``sub-X/[ses-Y/]datatype/``, counts a scan that is stored twice once, and makes errors of one line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from crossres.files.outputs import NIFTI
from crossres.types import FileFormatError, SettingsError

Filters: TypeAlias = Mapping[str, Sequence[str] | None]
"""Labels by entity (``{"acq": ["highres"]}``), * and ? allowed; None: without the entity."""

_ELSEWHERE = ("derivatives", "sourcedata", "code", "stimuli", ".*")


@dataclass(frozen=True)
class Scan:
    """One image of a dataset.

    Args:
        path: The file as it appears in the dataset; a link is not followed.
        place: The same, from the dataset's root on.
        entities: Labels by entity (``{"sub": "01", "run": 1}``); numbers for runs and echoes.
    """

    path: Path
    place: PurePosixPath
    entities: Mapping[str, str | int]

    @property
    def stem(self) -> str:
        """The name without its ending: ``sub-01_run-1_T2w``."""
        return self.path.name.split(".", 1)[0]

    @property
    def suffix(self) -> str:
        """The contrast: ``T2w``."""
        return self.stem.rsplit("_", 1)[-1]

    @property
    def home(self) -> str:
        """The folder of subject and session that the name implies: ``sub-01/ses-1``."""
        keys = [key for key in ("sub", "ses") if key in self.entities]
        return "/".join(f"{key}-{self.entities[key]}" for key in keys)

    def check(self) -> None:
        """Check that the file exists and is in the folder of its subject and session.

        Raises:
            FileFormatError: A broken link, or a name of another subject or session than that of
                its folder.
        """
        if not self.path.exists():
            raise FileFormatError(
                f"{self.place} is a link to a file that is not there; fetch it (datalad get)"
            )
        if str(self.place.parent.parent) != self.home:
            raise FileFormatError(f"{self.place} is named for {self.home}; move or rename it")


class BidsDataset:
    """The images of a BIDS dataset.

    Args:
        root: Its folder; paths of links are kept as they are.

    Raises:
        FileFormatError: No folder, or a damaged ``dataset_description.json``.

    Example:
        >>> dataset = BidsDataset("study")  # doctest: +SKIP
        >>> dataset.scans("T2w", {"acq": ["highres"]})  # doctest: +SKIP
    """

    def __init__(self, root: str | Path) -> None:
        from ancpbids import DatasetOptions, load_dataset

        self.root = Path(root).absolute()
        if not self.root.is_dir():
            raise FileFormatError(f"{root} is not a folder; give the root of a BIDS dataset")
        self.description = _description(self.root)
        # A pickle in a dataset would be executed.
        options = DatasetOptions(ignore=list(_ELSEWHERE), ignore_pickle_file=True)
        self._files = load_dataset(str(self.root), options)

    def scans(self, suffix: str, filters: Filters | None = None) -> list[Scan]:
        """Return the images of one contrast.

        Images of phase and of real and imaginary parts are left out unless ``part`` is filtered.

        Args:
            suffix: The contrast as BIDS writes it (``"T2w"``).
            filters: Labels by entity; all images by default.

        Returns:
            The scans, sorted by place.

        Raises:
            SettingsError: A suffix that BIDS does not allow, or an entity that it does not have.
        """
        if not suffix.isalnum():
            raise SettingsError(f"{suffix!r} is no BIDS suffix; give such as T2w or FLAIR")
        filters = filters or {}
        known = [entity.value["name"] for entity in self._files.get_schema().EntityEnum]
        for key in filters:
            if key not in known:
                raise SettingsError(f"BIDS has no entity {key!r}; give one of {', '.join(known)}")
        scans = self._images(suffix, filters)
        if "part" not in filters:
            scans = [scan for scan in scans if scan.entities.get("part", "mag") == "mag"]
        return scans

    def suffixes(self) -> Counter[str]:
        """Count the images by contrast.

        Returns:
            The number of images for each suffix.
        """
        return Counter(scan.suffix for scan in self._images("*", {}))

    def metadata(self, scan: Scan) -> dict[str, Any]:
        """Read the metadata of a scan from the JSON files of the dataset.

        Args:
            scan: A scan of this dataset.

        Returns:
            The values of the file for its suffix at the root, replaced by those of its own file.
        """
        files = (self.root / f"{scan.suffix}.json", scan.path.with_name(f"{scan.stem}.json"))
        return {key: value for file in files for key, value in _mapping(file).items()}

    def _images(self, suffix: str, filters: Filters) -> list[Scan]:
        """Return the images of a suffix (* for any) that lie where BIDS puts images."""
        lists = {key: None if ones is None else list(ones) for key, ones in filters.items()}
        found = self._files.query(suffix=suffix, extension=list(NIFTI), **lists)
        places = [(PurePosixPath(file.get_relative_path()), file) for file in found]
        scans = [Scan(self.root / place, place, dict(file.entities)) for place, file in places]
        inside = [scan for scan in scans if _inside_subject(scan)]
        # Of two files of one scan the compressed one is kept.
        inside.sort(key=lambda scan: scan.place.name.endswith(NIFTI[0]))
        kept = {scan.place.parent / scan.stem: scan for scan in inside}
        return [kept[key] for key in sorted(kept)]


def _description(root: Path) -> dict[str, Any]:
    """Read ``dataset_description.json``; a dataset without one has an empty one."""
    path = root / "dataset_description.json"
    if not path.exists():
        return {}
    content = _mapping(path)
    if not isinstance(content.get("BIDSVersion", ""), str) or not content:
        raise FileFormatError(f"{path} is no JSON object as BIDS requires; repair it")
    return content


def _mapping(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is none to be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _inside_subject(scan: Scan) -> bool:
    """Return whether a file lies where BIDS puts images; loops of links lie deeper."""
    folders = scan.place.parts[:-1]
    sessions = folders[1:-1]
    return (
        len(folders) in (2, 3)
        and folders[0].startswith("sub-")
        and all(folder.startswith("ses-") for folder in sessions)
        and "sub" in scan.entities
    )
