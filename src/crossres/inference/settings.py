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

LARGEST_SEED = 2**32 - 2
"""SimpleITK takes 32 bits, and 0 of them means the clock."""
MOST_ITERATIONS = 100
"""As :class:`crossres.physics.BackProjection` takes them."""
MOST_NOISE = 1e18
"""The largest range of intensities."""
DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
"""Names of devices."""
DEVICES = "auto|cpu|cuda|cuda:1|mps"
"""The same for the help."""
_WORDS = {
    "bool": "True or False", "int": "a whole number", "float": "a finite number", "str": "a text"
}  # fmt: skip
_KINDS = {"bool": bool, "int": Integral, "float": Real, "str": str}
TrustName: TypeAlias = Literal["sform", "qform"]
BackProjectionName: TypeAlias = Literal["card", "exact", "iterative", "none"]
StartName: TypeAlias = Literal["headers", "centres"]
SliceProfileName: TypeAlias = Literal["gaussian", "slab"]
SliceProfileChoice: TypeAlias = Literal["gaussian", "slab", "measured"]
PlaneProfileName: TypeAlias = Literal["measured", "gaussian", "band-limited"]
PrecisionName: TypeAlias = Literal["float32", "bfloat16"]


def _about(
    meaning: str,
    *,
    name: str | None = None,
    metavar: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    computing: bool = False,
) -> dict[str, Any]:
    """Return the metadata of a field, from which the command line makes an option.

    Args:
        meaning: One sentence for the help.
        name: Name of the option where it is not that of the field; of a switch that is on by
            default it turns the switch off.
        metavar: How the help writes the value.
        minimum: Least number.
        maximum: Largest number.
        computing: Whether it changes how the result is computed, not the result.

    Returns:
        The metadata.
    """
    return {
        "help": meaning, "name": name, "metavar": metavar, "min": minimum, "max": maximum,
        "computing": computing,
    }  # fmt: skip


def _refuse(message: str) -> NoReturn:
    from crossres.types import SettingsError

    raise SettingsError(message)


def _check_kind(each: Field[Any], value: object) -> None:
    """Refuse a value of another type than the field's, or outside its range."""
    kind, _, optional = str(each.type).partition(" | ")
    if kind not in _KINDS or (optional == "None" and value is None):
        return
    right = isinstance(value, _KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        _refuse(f"`{each.name}` must be {_WORDS[kind]}, got {value!r}")
    least = each.metadata["min"]
    if least is not None and isinstance(value, Real) and value < least:
        _refuse(f"`{each.name}` must be at least {least}, got {value!r}")
    most = each.metadata.get("max")
    if most is not None and isinstance(value, Real) and value > most:
        _refuse(f"`{each.name}` must be at most {most:.10g}, got {value!r}")


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        _refuse(f"no {name} {value!r}; choose one of {', '.join(choices)}")


@dataclass(frozen=True)
class EnhanceSettings:
    """How a scan is enhanced.

    Each field is an option of ``crossres enhance`` and ``crossres cohort``, an entry of the JSON
    sidecar, and part of the comparison by which ``cohort`` decides whether a case is done.

    Args:
        register: Whether the guide is registered to the target; False trusts the headers.
        start: Where the registration begins: "headers", and the centres of the heads only where
            the headers leave no overlap; or "centres", where a header is known to be wrong.
        back_projection: How the result is made to agree with the scan: "card" as the weights' card
            states, "exact" (orthogonal projection), "iterative" (eq. 6) or "none".
        iterations: Steps of the iterative back-projection, 1 to 100.
        noise: Standard deviation of the target's noise, in its intensities, at least 0. A noisy
            scan is denoised, and counts less in the exact projection. None measures it; 0 uses the
            scan as it is.
        ensemble: Whether the estimate is the mean over eight flips and rotations of each slice.
        keep_guide: Whether the guided weights are used alone, even where the self-validation is
            better without them.
        guide_influence: Whether the map of what the guide changed is computed.
        slice_thickness: Thickness of the target's slices (FWHM of their profile), mm, 0.25 to 2.5
            times their distance; None for what header or metadata state, else the distance.
        slice_profile: Shape of that profile: "gaussian", or "slab", a rectangle with smooth edges;
            or "measured", a Gaussian whose width comes from the spectra across and within the
            slices; None for that of the target's grid, which is "gaussian" for every file.
        plane_profile: Profile of the target's voxels in the plane: "gaussian", "band-limited" (the
            sinc function of truncated k-space), or "measured" for what metadata state, else for
            what the spectra show; "gaussian" along axes of less than 64 voxels.
        trust: Which place of a NIfTI header is used, without a warning, where its two forms
            differ: "sform" or "qform"; by default the sform, with a warning.
        batch: Slices at a time, at least 1; None for what suits the device. The result changes
            by rounding only.
        device: "auto" (CUDA where there is any, else the processor), "cpu", "cuda", "cuda:1" and so
            on, or "mps" (Apple, not tested).
        precision: Numbers in which the networks compute: "float32", or "bfloat16" for half the time
            where the processor has instructions for it; the rest is float32.
        seed: Seed of the registration's random samples, at least 0.

    Raises:
        SettingsError: A value outside its range, or one that contradicts another.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 6 (iterative back-projection).

    Example:
        >>> EnhanceSettings(back_projection="exact").projection
        BackProjection(kind='exact', steps=1, noise=0.0, between=True)
    """

    register: bool = field(
        default=True,
        metadata=_about("Trust the headers: guide and target are aligned.", name="no-register"),
    )
    start: StartName = field(
        default="headers",
        metadata=_about(
            "Where the registration begins; centres of the heads if a header is wrong, and always "
            "where the headers leave no overlap."
        ),
    )
    back_projection: BackProjectionName = field(
        default="card",
        metadata=_about(
            "How the result is made to agree with the scan; card: as in the weights' training."
        ),
    )
    iterations: int = field(
        default=1,
        metadata=_about(
            "Steps of the iterative back-projection.", minimum=1, maximum=MOST_ITERATIONS
        ),
    )
    noise: float | None = field(
        default=None,
        metadata=_about(
            "Standard deviation of the target's noise, in intensities of the scan; measured by "
            "default. A noisy scan is denoised and counts less; 0 uses it as it is.",
            minimum=0,
            maximum=MOST_NOISE,
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
    guide_influence: bool = field(
        default=False,
        metadata=_about(
            "Also a map of what the guide changed: the result minus one without it; half as long "
            "again."
        ),
    )
    slice_thickness: float | None = field(
        default=None,
        metadata=_about(
            "Thickness of the target's slices, mm, where header or metadata state none, or a wrong "
            "one; their distance by default.",
            metavar="MM",
            minimum=0.01,
            maximum=100,
        ),
    )
    slice_profile: SliceProfileChoice | None = field(
        default=None,
        metadata=_about(
            "Shape of the profile of the target's slices; gaussian by default. measured: its width "
            "from the spectra across and within the slices."
        ),
    )
    plane_profile: PlaneProfileName = field(
        default="measured",
        metadata=_about(
            "Profile of the target's voxels in the plane; band-limited: k-space that was truncated."
        ),
    )
    trust: TrustName | None = field(
        default=None,
        metadata=_about("Where sform and qform of a NIfTI file differ: the one that is right."),
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
        metadata=_about("Where the networks run.", metavar=DEVICES, computing=True),
    )
    precision: PrecisionName = field(
        default="float32",
        metadata=_about(
            "Numbers of the networks; bfloat16 takes half the time on processors and GPUs that "
            "have it, and costs up to 0.04 dB."
        ),
    )
    seed: int = field(
        default=0,
        metadata=_about("Seed of the registration.", minimum=0, maximum=LARGEST_SEED),
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            _check_kind(each, getattr(self, each.name))
        _check_choice("start", self.start, get_args(StartName))
        if self.start != "headers" and not self.register:
            _refuse("`start` is of the registration, which is switched off; leave out one of them")
        _check_choice("back-projection", self.back_projection, get_args(BackProjectionName))
        if self.slice_profile is not None:
            _check_choice("slice profile", self.slice_profile, get_args(SliceProfileChoice))
        if self.slice_profile == "measured" and self.slice_thickness is not None:
            _refuse("`slice_thickness` states what `slice_profile` measures; give one of them")
        _check_choice("plane profile", self.plane_profile, get_args(PlaneProfileName))
        _check_choice("precision", self.precision, get_args(PrecisionName))
        if self.trust not in (None, *get_args(TrustName)):
            _refuse(f"`trust` must be sform or qform, got {self.trust!r}")
        if self.iterations > 1 and self.back_projection != "iterative":
            _refuse("`iterations` requires `back_projection` iterative; add that")
        if not DEVICE.fullmatch(self.device):
            _refuse(
                f"no device is named {self.device!r}; choose auto, cpu, cuda, mps or such as cuda:1"
            )

    @property
    def projection(self) -> BackProjection | None:
        """The back-projection that replaces the one on the weights' card; None keeps that."""
        from crossres.physics import BackProjection

        if self.back_projection == "card":
            return None
        return BackProjection(self.back_projection, self.iterations)
