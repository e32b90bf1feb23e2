"""Find a result and its maps, check that they belong together, and list the files to serve."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossres.files import escaped, sha256
from crossres.files.outputs import MAPS_ENDING
from crossres.report import Maps, parse_maps, read_maps
from crossres.types import FileFormatError

_ENDINGS = (".nii.gz", ".nii")
_REMEDY = "enhance the scan again with `maps` and `overwrite`"


@dataclass(frozen=True)
class ResultFolder:
    """A result, its sidecar and its maps.

    Args:
        result: The volume.
        folder: Folder of its maps.
        maps: Description of the maps.
        sidecar: The JSON file beside the volume; None if there is none.
    """

    result: Path
    folder: Path
    maps: Maps
    sidecar: dict[str, Any] | None

    @property
    def files(self) -> dict[str, Path]:
        """The only files that are ever served, by the name under which the page requests them."""
        maps = {f"maps/{entry.file}": self.folder / entry.file for entry in self.maps.volumes}
        return {f"result{_ending(self.result)}": self.result, **maps}

    def describe(self) -> dict[str, object]:
        """Return the content of the page: volumes with their names, verdict and sidecar.

        Returns:
            Plain JSON values.
        """
        result = self.maps.result.model_dump()
        result |= {"name": "result", "file": f"result{_ending(self.result)}", "role": "image"}
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
        path: The volume (``SR.nii.gz``), or its folder of maps (``SR.maps``) beside it.

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
    sidecar = _sidecar(result)
    found = _described_in(sidecar, result) or _in_folder(folder, result, sidecar)
    for file in found.files.values():
        own_file(file)
    if sha256(result) != found.maps.result.sha256:
        raise FileFormatError(
            f"the maps were made for another {result.name} than this one; {_REMEDY}"
        )
    return found


def _described_in(sidecar: dict[str, Any] | None, result: Path) -> ResultFolder | None:
    """Return a result whose maps are beside it, as ``crossres cohort`` writes them; or None."""
    if sidecar is None or "maps" not in sidecar:
        return None
    maps = parse_maps(json.dumps(sidecar["maps"]), result.name)
    rest = {name: value for name, value in sidecar.items() if name != "maps"}
    return ResultFolder(result, result.parent, maps, rest)


def _in_folder(folder: Path, result: Path, sidecar: dict[str, Any] | None) -> ResultFolder:
    """Return a result with a folder of maps."""
    if not folder.is_dir():
        raise FileFormatError(f"{result.name} has no maps ({folder.name} is missing); {_REMEDY}")
    own_file(folder)
    return ResultFolder(result, folder, read_maps(folder), sidecar)


def own_file(path: Path) -> Path:
    """Return a path that exists and is no symbolic link, which could lead anywhere.

    Args:
        path: A file or folder of the result.

    Returns:
        The same path.

    Raises:
        FileFormatError: It is missing or a link.
    """
    if path.is_symlink():
        raise FileFormatError(f"{path} is a symbolic link; put the file itself in its place")
    if not path.exists():
        raise FileFormatError(f"{path} is missing; make it again: `crossres enhance ... --maps`")
    return path


def _locate(path: Path) -> tuple[Path, Path]:
    """Return the volume and the folder of maps, from either of them."""
    place = path.absolute().parent.resolve() / path.absolute().name
    if place.is_dir():
        return _volume_of(place.resolve()), place.resolve()
    if not place.exists():
        raise FileFormatError(f"there is no {path}; give a result such as SR.nii.gz")
    if not place.name.endswith(_ENDINGS):
        raise FileFormatError(f"{path} is no result; give a .nii.gz that has a folder of maps")
    return own_file(place), _beside(place, MAPS_ENDING)


def _ending(volume: Path) -> str:
    return next(ending for ending in _ENDINGS if volume.name.endswith(ending))


def _beside(volume: Path, ending: str) -> Path:
    return volume.with_name(volume.name.removesuffix(_ending(volume)) + ending)


def _volume_of(folder: Path) -> Path:
    """Return the volume beside a folder of maps."""
    if folder.suffix != MAPS_ENDING:
        raise FileFormatError(
            f"{folder} is no folder of maps; give a result such as SR.nii.gz, or its SR.maps"
        )
    volumes = [folder.with_name(folder.stem + ending) for ending in _ENDINGS]
    for volume in volumes:
        if volume.exists():
            return own_file(volume)
    raise FileFormatError(f"{folder} has no result beside it; put {volumes[0].name} there")


def _sidecar(result: Path) -> dict[str, Any] | None:
    """Read the JSON file beside a volume, if there is one."""
    path = _beside(result, ".json")
    if not path.exists() and not path.is_symlink():
        return None
    own_file(path)
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FileFormatError(f"{path} is damaged; restore or remove it") from error
    if not isinstance(content, dict):
        raise FileFormatError(f"{path} is not the sidecar of a result; remove it")
    return content
