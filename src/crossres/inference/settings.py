"""The settings of the method, once: Python, command line, cohort and sidecar read them here."""

from __future__ import annotations

import math
import re
from dataclasses import Field, dataclass, field, fields
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, get_args

if TYPE_CHECKING:
    from crossres.physics import BackProjection

# The command line reads the fields for its help: nothing here imports numpy or torch for that.

DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
"""Names of devices."""
_WORDS = {
    "bool": "True or False", "int": "a whole number", "float": "a finite number", "str": "a text"
}  # fmt: skip
_KINDS = {"bool": bool, "int": Integral, "float": Real, "str": str}
BackProjectionName: TypeAlias = Literal["card", "exact", "iterative", "none"]


def _about(
    meaning: str,
    *,
    name: str | None = None,
    metavar: str | None = None,
    minimum: float | None = None,
    computing: bool = False,
) -> dict[str, Any]:
    """Return the metadata of a field, from which the command line makes an option.

    Args:
        meaning: One sentence for the help.
        name: Name of the option where it is not that of the field; of a switch that is on by
            default it turns the switch off.
        metavar: How the help writes the value.
        minimum: Least number.
        computing: Whether it changes how the result is computed, not the result.

    Returns:
        The metadata.
    """
    return {
        "help": meaning, "name": name, "metavar": metavar, "min": minimum, "computing": computing
    }  # fmt: skip


def _refuse(message: str) -> NoReturn:
    from crossres.types import SettingsError

    raise SettingsError(message)


def _check_kind(each: Field[Any], value: object) -> None:
    """Refuse a value of another type than the field's, or below its minimum."""
    kind, _, optional = str(each.type).partition(" | ")
    if kind not in _KINDS or (optional == "None" and value is None):
        return
    right = isinstance(value, _KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        _refuse(f"`{each.name}` must be {_WORDS[kind]}, got {value!r}")
    least = each.metadata["min"]
    if least is not None and isinstance(value, Real) and value < least:
        _refuse(f"`{each.name}` must be at least {least}, got {value!r}")


@dataclass(frozen=True)
class EnhanceSettings:
    """How a scan is enhanced.

    Each field is an option of ``crossres enhance`` and ``crossres cohort``, an entry of the JSON
    sidecar, and part of the comparison by which ``cohort`` decides whether a case is done.

    Args:
        register: Whether the guide is registered to the target; False trusts the headers.
        back_projection: How the result is made to agree with the scan: "card" as the weights' card
            states, "exact" (orthogonal projection), "iterative" (eq. 6) or "none".
        iterations: Steps of the iterative back-projection, at least 1.
        noise: For the exact one: variance of the scan's noise over the variance expected of the
            estimate's error, at least 0.
        ensemble: Whether the estimate is the mean over eight flips and rotations of each slice.
        keep_guide: Whether the guided weights are used alone, even where the self-validation is
            better without them.
        evidence: Whether the maps of uncertainty and of the guide's influence are computed.
        batch: Slices at a time, at least 1; None for what suits the device. The result changes
            by rounding only.
        device: "auto", "cpu", "cuda", or "cuda:0" and so on.
        seed: Seed of the registration's random samples, at least 0.

    Raises:
        SettingsError: A value outside its range, or one that contradicts another.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 6 (iterative back-projection).

    Example:
        >>> EnhanceSettings(back_projection="exact", noise=0.1).projection
        BackProjection(kind='exact', steps=1, noise=0.1, between=True)
    """

    register: bool = field(
        default=True,
        metadata=_about("Trust the headers: guide and target are aligned.", name="no-register"),
    )
    back_projection: BackProjectionName = field(
        default="card",
        metadata=_about(
            "How the result is made to agree with the scan; card: as in the weights' training."
        ),
    )
    iterations: int = field(
        default=1, metadata=_about("Steps of the iterative back-projection.", minimum=1)
    )
    noise: float = field(
        default=0.0,
        metadata=_about(
            "Of the exact back-projection: noise variance of the scan over that of the "
            "correction; above 0 a noisy scan counts less.",
            minimum=0,
        ),
    )
    ensemble: bool = field(
        default=False,
        metadata=_about("Mean over eight flips and rotations: better, 8 times slower."),
    )
    keep_guide: bool = field(
        default=False,
        metadata=_about(
            "The guided weights alone, even where self-validation is better without the guide."
        ),
    )
    evidence: bool = field(
        default=False,
        metadata=_about(
            "Also maps of uncertainty and of the influence of the guide; 9 times slower."
        ),
    )
    batch: int | None = field(
        default=None,
        metadata=_about(
            "Slices at a time; by default what suits the device. It rounds the result differently.",
            minimum=1,
            computing=True,
        ),
    )
    device: str = field(
        default="auto",
        metadata=_about("Where the networks run.", metavar="auto|cpu|cuda|cuda:0", computing=True),
    )
    seed: int = field(default=0, metadata=_about("Seed of the registration.", minimum=0))

    def __post_init__(self) -> None:
        for each in fields(self):
            _check_kind(each, getattr(self, each.name))
        if self.back_projection not in get_args(BackProjectionName):
            names = ", ".join(get_args(BackProjectionName))
            _refuse(f"no back-projection {self.back_projection!r}; choose one of {names}")
        if self.noise and self.back_projection != "exact":
            _refuse("`noise` requires `back_projection` exact; add that")
        if self.iterations > 1 and self.back_projection != "iterative":
            _refuse("`iterations` requires `back_projection` iterative; add that")
        if not DEVICE.fullmatch(self.device):
            _refuse(f"no device is named {self.device!r}; choose auto, cpu, cuda or such as cuda:0")

    @property
    def projection(self) -> BackProjection | None:
        """The back-projection that replaces the one on the weights' card; None keeps that."""
        from crossres.physics import BackProjection

        if self.back_projection == "card":
            return None
        return BackProjection(self.back_projection, self.iterations, self.noise)
