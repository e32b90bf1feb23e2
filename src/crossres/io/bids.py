"""BIDS datasets in: their scans, by the names of the files.

The package ancpbids parses the names of the files in ``sub-X/[ses-Y/]datatype/`` and selects among
them. This module counts a scan that is stored twice once, collects the metadata of a scan by the
inheritance principle of BIDS, and makes errors of one line.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from crossres.checks import require
from crossres.files import read_json
from crossres.files.outputs import NIFTI
from crossres.io.bids_files import find_files
from crossres.io.metadata import read_metadata
from crossres.types import CrossresWarning, FileFormatError, SettingsError

Filters: TypeAlias = Mapping[str, Sequence[str] | None]
"""Labels by entity (``{"acq": ["highres"]}``), * and ? allowed; None: without the entity."""

DATATYPE = "datatype"
"""Filtered like an entity, though it is the name of a folder (``anat``)."""
_DESCRIPTION = "dataset_description.json"


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
    def datatype(self) -> str:
        """The folder of the image: ``anat``."""
        return self.place.parent.name

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
        MissingPackageError: ancpbids is not installed.

    Example:
        >>> dataset = BidsDataset("study")  # doctest: +SKIP
        >>> dataset.scans("T2w", {"acq": ["highres"]})  # doctest: +SKIP
    """

    def __init__(self, root: str | Path) -> None:
        require("bids", "reading a BIDS dataset")
        from ancpbids import DatasetOptions, load_dataset

        self.root = Path(root).absolute()
        if not self.root.is_dir():
            raise FileFormatError(f"{root} is not a folder; give the root of a BIDS dataset")
        self.description = _description(self.root)
        # A pickle in a dataset would be executed.
        options = DatasetOptions(ignore_pickle_file=True)
        self._files = load_dataset(str(self.root), options, paths=self._image_places())
        self._schema = self._files.get_schema()

    def _image_places(self) -> list[str]:
        """Find the images; warn of folders that cannot be read."""
        found = find_files(self.root)
        for place, reason in found.unreadable:
            text = f"cannot read {place} in the dataset: {reason}; its scans are left out"
            if not place.parts:
                raise FileFormatError(f"cannot read {self.root}: {reason}; check the path")
            warnings.warn(text, CrossresWarning, stacklevel=1)
        # ancpbids takes a backslash for the end of a folder.
        images = (str(place) for place in found.places if place.name.endswith(NIFTI))
        return [place for place in images if "\\" not in place]

    def scans(self, suffix: str, filters: Filters | None = None) -> list[Scan]:
        """Return the images of one contrast.

        Images of phase and of real and imaginary parts are left out unless ``part`` is filtered.

        Args:
            suffix: The contrast as BIDS writes it (``"T2w"``).
            filters: Labels by entity or of the data type; all images by default.

        Returns:
            The scans, sorted by place.

        Raises:
            SettingsError: A suffix that BIDS does not allow, or an entity that it does not have.
        """
        if not suffix.isalnum():
            raise SettingsError(f"{suffix!r} is no BIDS suffix; give such as T2w or FLAIR")
        filters = filters or {}
        self.check_entities(key for key in filters if key != DATATYPE)
        scans = self._images(suffix, filters)
        if "part" not in filters:
            scans = [scan for scan in scans if scan.entities.get("part", "mag") == "mag"]
        return scans

    @property
    def entities(self) -> dict[str, str]:
        """The entities of BIDS in file names, by long name: ``{"acquisition": "acq"}``."""
        return {entity.name: entity.value["name"] for entity in self._schema.EntityEnum}

    def check_entities(self, keys: Iterable[str]) -> None:
        """Check that BIDS has these entities.

        Args:
            keys: Such as ``"acq"``.

        Raises:
            SettingsError: It does not have one of them.
        """
        known = list(self.entities.values())
        for key in keys:
            if key not in known:
                raise SettingsError(f"BIDS has no entity {key!r}; give one of {', '.join(known)}")

    def suffixes(self) -> Counter[str]:
        """Count the images by contrast.

        Returns:
            The number of images for each suffix.
        """
        return Counter(scan.suffix for scan in self._images("*", {}))

    def metadata(self, scan: Scan) -> dict[str, Any]:
        """Read the metadata of a scan from the JSON files of the dataset.

        A JSON file applies to the scans below its folder whose name has its suffix and all of its
        entities. Files nearer to the scan come later, in one folder those with more entities.

        Args:
            scan: A scan of this dataset.

        Returns:
            The values of all files that apply, replaced by those of later files.

        Raises:
            FileFormatError: A file that applies cannot be read.
        """
        return read_metadata(self.root / scan.place)

    def _images(self, suffix: str, filters: Filters) -> list[Scan]:
        """Return the images of a suffix (* for any) that lie where BIDS puts images."""
        lists = {key: None if ones is None else list(ones) for key, ones in filters.items()}
        kinds = (lists.pop(DATATYPE) or []) if DATATYPE in lists else ["*"]
        found = self._files.query(suffix=suffix, extension=list(NIFTI), **lists)
        places = [(PurePosixPath(file.get_relative_path()), file) for file in found]
        scans = [Scan(self.root / place, place, dict(file.entities)) for place, file in places]
        inside = [
            scan
            for scan in scans
            if _inside_subject(scan) and any(fnmatch(scan.datatype, kind) for kind in kinds)
        ]
        # Of two files of one scan the compressed one is kept.
        inside.sort(key=lambda scan: scan.place.name.endswith(NIFTI[0]))
        kept = {scan.place.parent / scan.stem: scan for scan in inside}
        return [kept[key] for key in sorted(kept)]


def _description(root: Path) -> dict[str, Any]:
    """Read ``dataset_description.json``; a dataset without one has an empty one."""
    path = root / _DESCRIPTION
    if not os.path.lexists(path):
        return {}
    content = read_json(path, remedy="repair it")
    if not isinstance(content.get("BIDSVersion", ""), str) or not content:
        raise FileFormatError(f"{path} is no JSON object as BIDS requires; repair it")
    return content


def _inside_subject(scan: Scan) -> bool:
    """Return whether a file lies where BIDS puts images."""
    folders = scan.place.parts[:-1]
    sessions = folders[1:-1]
    return (
        len(folders) in (2, 3)
        and folders[0].startswith("sub-")
        and all(folder.startswith("ses-") for folder in sessions)
        and "sub" in scan.entities
    )
