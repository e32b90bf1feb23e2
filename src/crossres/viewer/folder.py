"""Find a result and its maps, check that they belong together, and list the files to serve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crossres.files import content_sha256, escaped
from crossres.files.outputs import IMAGES, MAPS_ENDING, MAPS_FILE, NIFTI
from crossres.report import Maps, parse_maps
from crossres.types import FileFormatError
from crossres.viewer.opened_folder import OpenedFile, OpenedFolder

_REMEDY = "make the result again with `maps` and `overwrite`"


@dataclass(frozen=True)
class ResultFolder:
    """A result, its sidecar and its maps.

    Args:
        result: The volume, or the folder of its DICOM slices.
        folder: Folder of its maps.
        maps: Description of the maps.
        sidecar: The JSON file beside the volume; None if there is none.
        opened: The only files that are ever served, by the name under which the page requests them.
    """

    result: Path
    folder: Path
    maps: Maps
    sidecar: dict[str, Any] | None
    opened: Mapping[str, OpenedFile] = field(default_factory=dict, compare=False, repr=False)

    @property
    def files(self) -> dict[str, Path]:
        """Paths of the files that are served, by the name under which the page requests them."""
        maps = {f"maps/{entry.file}": self.folder / entry.file for entry in self.maps.volumes}
        return {self._requested: self._volume, **maps}

    @property
    def _volume(self) -> Path:
        """The result as NIfTI: the maps of a result of another format have a copy."""
        copy, is_nifti = self.maps.result.file, self.result.name.endswith(NIFTI)
        return self.result if copy is None or is_nifti else self.folder / copy

    @property
    def _requested(self) -> str:
        return f"result{_ending(self._volume)}"

    def describe(self) -> dict[str, object]:
        """Return the content of the page: volumes with their names, verdict and sidecar.

        Returns:
            Plain JSON values.
        """
        result = self.maps.result.model_dump()
        result |= {"name": "result", "file": self._requested, "role": "image"}
        maps = [
            {**entry.model_dump(), "name": entry.name, "file": f"maps/{entry.file}"}
            for entry in self.maps.volumes
        ]
        return {
            "name": escaped(self.result.name),
            "verdict": self.maps.verdict,
            "sidecar": self.sidecar,
            "volumes": [result, *maps],
        }


def open_result(path: str | Path) -> ResultFolder:
    """Find and check a result and its maps.

    Args:
        path: The volume (``SR.nii.gz``), the folder of its DICOM slices (``SR``), or the folder of
            maps (``SR.maps``) beside it.

    Returns:
        The result.

    Raises:
        FileFormatError: A file is missing, damaged or a symbolic link, or the maps belong to
            another volume.

    Example:
        >>> open_result("SR.nii.gz").maps.result.title  # doctest: +SKIP
        'Result'
    """
    result, folder = _locate(Path(path))
    around = OpenedFolder(result.parent)
    sidecar = _sidecar(around, _beside(result, ".json"))
    if sidecar is not None and "maps" in sidecar:  # beside it, as `crossres cohort` writes them
        inner, maps = around, _described(sidecar.pop("maps"), result.name)
    else:
        inner = _maps_folder(around, folder, result)
        maps = parse_maps(inner.read(MAPS_FILE), str(folder / MAPS_FILE))
    found = ResultFolder(result, inner.path, maps, sidecar)
    opened = {
        name: (inner if path.parent == inner.path else around).file(path.name)
        for name, path in found.files.items()
    }
    if _checksum(found, opened, around) != maps.result.sha256:
        raise FileFormatError(
            f"the maps were made for another {result.name} than this one; {_REMEDY}"
        )
    return replace(found, opened=opened)


def _checksum(found: ResultFolder, opened: Mapping[str, OpenedFile], around: OpenedFolder) -> str:
    """Return the checksum of the result."""
    name = found.result.name
    if _ending(found.result):
        served = name.endswith(NIFTI)
        file = next(iter(opened.values())) if served else around.file(name)
        with file.stream() as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    return content_sha256(OpenedFolder(found.result, around=around).path)


def _maps_folder(around: OpenedFolder, folder: Path, result: Path) -> OpenedFolder:
    """Open the folder of maps of a result."""
    if not folder.is_dir():
        raise FileFormatError(f"{result.name} has no maps ({folder.name} is missing); {_REMEDY}")
    return OpenedFolder(folder, around=around)


def _locate(path: Path) -> tuple[Path, Path]:
    """Return the volume and the folder of maps, from either of them."""
    place = path.absolute().parent.resolve() / path.absolute().name
    if place.is_dir():
        folder = place.resolve()
        is_series = folder.name and _beside(folder, MAPS_ENDING).is_dir()
        return (folder, _beside(folder, MAPS_ENDING)) if is_series else (_volume_of(folder), folder)
    if not place.exists():
        raise FileFormatError(f"there is no {path}; give a result such as SR.nii.gz")
    if not place.name.endswith(IMAGES):
        raise FileFormatError(f"{path} is no result; give a .nii.gz that has a folder of maps")
    return place, _beside(place, MAPS_ENDING)


def _ending(volume: Path) -> str:
    """Return the ending of a volume; none is that of a folder of DICOM slices."""
    return next((ending for ending in IMAGES if volume.name.endswith(ending)), "")


def _beside(volume: Path, ending: str) -> Path:
    return volume.with_name(volume.name.removesuffix(_ending(volume)) + ending)


def _volume_of(folder: Path) -> Path:
    """Return the volume, or the folder of DICOM slices, beside a folder of maps."""
    if folder.suffix != MAPS_ENDING:
        raise FileFormatError(
            f"{folder} is no folder of maps; give a result such as SR.nii.gz, or its SR.maps"
        )
    volumes = [folder.with_name(folder.stem + ending) for ending in (*IMAGES, "")]
    for volume in volumes:
        if volume.exists():
            return volume
    raise FileFormatError(f"{folder} has no result beside it; put {volumes[0].name} there")


def _sidecar(around: OpenedFolder, path: Path) -> dict[str, Any] | None:
    """Read the JSON file beside a volume, if there is one."""
    if not around.holds(path.name):
        return None
    text = around.read(path.name)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{path} is damaged; restore or remove it") from error
    if not isinstance(content, dict):
        raise FileFormatError(f"{path} is not the sidecar of a result; remove it")
    return content


def _described(maps: object, name: str) -> Maps:
    """Return the maps that a sidecar describes."""
    try:
        text = json.dumps(maps)
    except RecursionError as error:
        raise FileFormatError(f"the sidecar of {name} is damaged; {_REMEDY}") from error
    return parse_maps(text, name)
