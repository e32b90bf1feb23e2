"""What a result's folder of maps holds and how each is shown: ``maps.json``, written and read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossres.files import write_json
from crossres.files.outputs import MAPS_FILE
from crossres.types import FileFormatError

_REMEDY = "make it anew: `crossres enhance ... --maps --overwrite`"


class _Entry(BaseModel):
    # What later versions add must not keep an older viewer from showing the rest.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Display(_Entry):
    """How a volume is best shown."""

    title: str
    unit: str
    colormap: str = Field(description="A colour map of NiiVue, or diverging: dark at 0.")
    range: tuple[float, float] = Field(description="Intensities at both ends of the colour map.")
    meaning: str = Field(description="One sentence for somebody who sees it for the first time.")


class ResultVolume(Display):
    """The result itself, which lies beside the folder."""

    sha256: str = Field(description="Of the file that the maps were made for.")


class MapVolume(Display):
    """A volume in the folder."""

    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.nii(\.gz)?$")
    short: str | None = Field(
        default=None, description="What to call it, where its file has a longer name."
    )
    role: Literal["image", "map"] = Field(
        description="An image is looked at by itself, a map is laid over one."
    )

    @property
    def name(self) -> str:
        """What to call it: the file's name without its ending, unless there is a shorter one."""
        return self.short or self.file.split(".")[0]


class Maps(_Entry):
    """All that is in the folder."""

    version: Literal[1] = 1
    result: ResultVolume
    verdict: dict[str, str] = Field(
        default={}, description="Level, headline and meaning of the consistency."
    )
    volumes: tuple[MapVolume, ...]


def write_maps(maps: Maps, folder: Path) -> None:
    """Write ``maps.json`` into a folder.

    Raises:
        OutputWriteError: The file cannot be written.
    """
    write_json(maps.model_dump(), folder / MAPS_FILE)


def read_maps(folder: str | Path) -> Maps:
    """Read and check the ``maps.json`` of a folder.

    Raises:
        FileFormatError: It is missing, damaged, or of a version that is not known here.

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
    """Check what a file says of maps.

    Args:
        text: JSON.
        name: Of the file.

    Raises:
        FileFormatError: It is damaged, or of a version that is not known here.
    """
    try:
        return Maps.model_validate_json(text)
    except ValidationError as error:
        raise FileFormatError(f"{name} is damaged ({_first(error)}); {_REMEDY}") from error


def _first(error: ValidationError) -> str:
    """Return the first thing that is wrong, and where."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else json.dumps(found["msg"])
