"""The maps of a result and the display of each: ``maps.json``, written and read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossres.files import parse_json, write_json
from crossres.files.outputs import MAPS_FILE
from crossres.files.text import problem_of
from crossres.types import FileFormatError

_REMEDY = "make the result again with `maps` and `overwrite`"
_FILE = r"^[A-Za-z0-9][A-Za-z0-9_-]*\.nii(\.gz)?$"


class _Entry(BaseModel):
    # Fields of later versions do not prevent an older viewer from showing the rest.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Display(_Entry):
    """The display of a volume."""

    title: str
    unit: str
    colormap: str = Field(description="A colour map of NiiVue, or diverging: dark at 0.")
    range: tuple[float, float] = Field(description="Intensities at both ends of the colour map.")
    meaning: str = Field(description="One sentence for readers who see it for the first time.")


class ResultVolume(Display):
    """The result itself, beside the folder."""

    sha256: str = Field(description="Checksum of the file or folder that the maps belong to.")
    file: str | None = Field(
        default=None,
        pattern=_FILE,
        description="The result in the folder, where the one beside it is a DICOM series.",
    )


class MapVolume(Display):
    """A volume in the folder."""

    file: str = Field(pattern=_FILE)
    short: str | None = Field(default=None, description="Name, where that of the file is longer.")
    role: Literal["image", "map"] = Field(
        description="An image is shown by itself, a map over an image."
    )

    @property
    def name(self) -> str:
        """The short name; without one, the file's name without its ending."""
        return self.short or self.file.split(".")[0]


class Maps(_Entry):
    """The content of ``maps.json``."""

    version: Literal[1] = 1
    result: ResultVolume
    verdict: dict[str, str] = Field(
        default={}, description="Level, headline and meaning of the data consistency."
    )
    volumes: tuple[MapVolume, ...]


def write_maps(maps: Maps, folder: Path) -> None:
    """Write ``maps.json`` into a folder.

    Args:
        maps: Its content.
        folder: An existing folder.

    Raises:
        OutputWriteError: The file cannot be written.
    """
    write_json(maps.model_dump(), folder / MAPS_FILE)


def read_maps(folder: str | Path) -> Maps:
    """Read and check the ``maps.json`` of a folder.

    Args:
        folder: Folder of maps, such as ``SR.maps``.

    Returns:
        Its content.

    Raises:
        FileFormatError: It is missing, damaged, or of an unknown version.

    Example:
        >>> read_maps("SR.maps").result.title  # doctest: +SKIP
        'Result'
    """
    path = Path(folder) / MAPS_FILE
    try:
        text = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; {_REMEDY}") from error
    return parse_maps(text, str(path))


def parse_maps(text: str | bytes, name: str) -> Maps:
    """Read and check the description of maps.

    Args:
        text: JSON.
        name: Name of the file, for the error.

    Returns:
        The maps.

    Raises:
        FileFormatError: It is damaged, or of an unknown version.
    """
    try:
        return Maps.model_validate(parse_json(text, name, remedy=_REMEDY))
    except ValidationError as error:
        problem = problem_of(error)
        raise FileFormatError(f"{name} is damaged ({problem}); {_REMEDY}") from error
