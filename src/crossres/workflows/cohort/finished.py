"""The result of an earlier run, from its sidecar: every value of the type that the code expects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossres.files import read_json
from crossres.files.text import problem_of
from crossres.report import Level
from crossres.types import FileFormatError, Triple

_REMEDY = "set `overwrite` to make the case again"


class _Part(BaseModel):
    # A number that is text, or a text that is a number, shows that something else wrote the file.
    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, extra="ignore")


class Source(_Part):
    """An input."""

    sha256: str


class Inputs(_Part):
    """The inputs by role."""

    target: Source
    guide: Source | None = None


class FinishedPass(_Part):
    """One pass of the method."""

    factors: Triple = Field(strict=False)
    guide_left_out: bool
    weights_sha256: str | None
    self_validation_gain_db: dict[str, float | None] = {}


class FinishedScan(_Part):
    """One of several scans that were joined."""

    sha256: str


class FinishedGrid(_Part):
    """The grid of a volume."""

    spacing_mm: Triple = Field(strict=False)


class Grids(_Part):
    """The grids of scan and result."""

    target: FinishedGrid
    result: FinishedGrid


class Errors(_Part):
    """Data-consistency errors."""

    interpolation: float
    result: float
    noise: float = 0.0


class FinishedNoise(_Part):
    """The noise of the scan."""

    share: float
    source: str


class FinishedVerdict(_Part):
    """The agreement with the scan."""

    level: Level


class FinishedCheck(_Part):
    """A number with a limit."""

    name: str
    value: float | None


class FinishedInferred(_Part):
    """What of the result is determined by the scan."""

    edge_share_from_scan: float
    rms: float


class FinishedError(_Part):
    """The predicted error, unless it could not be predicted."""

    median_share: float | None = None


class FinishedMotion(_Part):
    """The motion of the guide."""

    displacement_mm: float | None = None
    rotation_deg: float | None = None


class Timings(_Part):
    """Seconds of computing."""

    total: float


class Versions(_Part):
    """Versions of the software."""

    crossres: str


class FinishedMap(_Part):
    """A map beside the result."""

    file: str


class FinishedMaps(_Part):
    """The maps of a result."""

    volumes: list[FinishedMap]


class FinishedVolume(_Part):
    """The volume that a sidecar describes."""

    sha256: str


class Finished(_Part):
    """What a later run needs of a sidecar."""

    inputs: Inputs
    weights: str
    factors: Triple = Field(strict=False)
    consistency: Errors
    noise: FinishedNoise | None = None
    verdict: FinishedVerdict | None = None
    checks: list[FinishedCheck] = []
    measured_and_inferred: FinishedInferred | None = None
    predicted_error: FinishedError | None = None
    registration: FinishedMotion | None = None
    guide_left_out: bool = False
    warnings: list[str]
    settings: dict[str, Any]
    timings_seconds: Timings
    versions: Versions
    passes: list[FinishedPass] = Field(min_length=1)
    scans: list[FinishedScan] = []
    grids: Grids
    motion: str
    result: FinishedVolume
    pictures: dict[str, str]
    maps: FinishedMaps | None = None


def read_finished(path: Path) -> Finished:
    """Read the sidecar of a result of an earlier run.

    Args:
        path: The JSON file.

    Returns:
        Its values.

    Raises:
        FileFormatError: It is missing, damaged, or not the sidecar of a result of ``cohort``.
    """
    content = read_json(path, remedy=_REMEDY)
    try:
        return Finished.model_validate(content)
    except ValidationError as error:
        raise FileFormatError(
            f"{path} is no sidecar of a result ({problem_of(error)}); {_REMEDY}"
        ) from error
