"""Which profile the voxels in the plane have: given, recorded in metadata, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from crossres.inference.settings import PlaneProfileName
from crossres.physics import AxisResolution
from crossres.volume import Grid, ProfileShape
from crossres.volume.plane import Shapes, axes_in_k_space, shapes_text

Source: TypeAlias = Literal[
    "given", "recorded", "measured", "zero-filling", "assumed", "not refined"
]


class Separation(NamedTuple):
    """Attenuations at the end of the spectrum that separate both kinds of voxels.

    Args:
        largest: Voxels, mm, up to which it holds.
        threshold: dB, from which voxels are Gaussian ones.
        lowest: dB, from which the decision is uncertain.
        highest: dB, up to which it is.
    """

    largest: float
    threshold: float
    lowest: float
    highest: float


SEPARATIONS = (Separation(2.1, 4.3, 3.1, 4.7), Separation(3.05, 3.2, 2.2, 3.6))
"""Ideal Gaussian voxels have 5 dB, truncated k-space 0. The spectra of heads are less steep at the
scale of larger voxels, which lowers both; above 3 mm simulated heads differ too much from real ones
(``python -m studies.plane_profile --large-voxels``)."""


@dataclass(frozen=True)
class AssumedProfile:
    """The profile of a scan's voxels in the plane, and where it comes from.

    Args:
        shapes: Along the axes of the plane that get finer; None along the others.
        source: "given" by the settings, "recorded" in metadata, "measured" from the spectrum,
            "zero-filling", which was found and undone, "assumed" where nothing shows it, or "not
            refined" where no axis of the plane gets finer.
        attenuation: At the end of the spectrum, mean of the axes, dB; None where not measured.
        separation: Of both kinds of voxels of that size.

    Example:
        >>> AssumedProfile(("gaussian", "gaussian", None), "given").description
        'Gaussian along i, j (given)'
    """

    shapes: Shapes = (None, None, None)
    source: Source = "not refined"
    attenuation: float | None = None
    separation: Separation | None = None

    @property
    def measured(self) -> ProfileShape | None:
        """The profile that the spectrum shows; None where it was not measured."""
        if self.attenuation is None or self.separation is None:
            return None
        return "band-limited" if self.attenuation < self.separation.threshold else "gaussian"

    @property
    def uncertain(self) -> bool:
        """Whether the attenuation lies where both kinds of voxels are found."""
        if self.attenuation is None or self.separation is None:
            return False
        return self.separation.lowest <= self.attenuation <= self.separation.highest

    @property
    def description(self) -> str:
        """Shapes and source in words; empty where no axis of the plane gets finer."""
        shapes = shapes_text(self.shapes)
        return f"{shapes} ({self._origin})" if shapes else ""

    @property
    def _origin(self) -> str:
        if self.source != "measured":
            return {
                "recorded": "recorded in the metadata", "zero-filling": "zero-filling was undone",
                "assumed": "assumed, not measurable",
            }.get(self.source, self.source)  # fmt: skip
        assert self.separation is not None
        return (
            f"measured: attenuation {self.attenuation:.1f} dB, Gaussian from "
            f"{self.separation.threshold:g} dB"
        )

    @property
    def entry(self) -> dict[str, object]:
        """The entry of the JSON file."""
        known = {a: shape for a, shape in zip("ijk", self.shapes, strict=True) if shape is not None}
        threshold = None if self.separation is None else self.separation.threshold
        return {
            "shapes": known, "source": self.source, "attenuation_db": self.attenuation,
            "threshold_db": threshold, "uncertain": self.uncertain,
        }  # fmt: skip


def assumed_profile(
    grid: Grid, fine: Grid, found: Sequence[AxisResolution | None], choice: PlaneProfileName
) -> AssumedProfile:
    """Return the profile of a scan's voxels in the plane.

    Args:
        grid: Of the scan, with the profiles that metadata state.
        fine: Grid of the result. Axes that do not get finer have no profile that counts.
        found: What the scan resolves along its axes.
        choice: The shape that is given; or "measured" for the one that metadata state, else for
            what the mean of the spectra shows, which is a Gaussian where none is known.

    Returns:
        Shapes and source.
    """
    axes = plane_axes(grid, fine)
    own = [axis for axis in axes if not grid.profiles[axis].stated]
    attenuation, separation = _attenuation(grid, own, found)
    seen = AssumedProfile(attenuation=attenuation, separation=separation)
    shapes: list[ProfileShape | None] = _acquired(grid, fine)
    for axis in axes:
        stated = None if axis in own else grid.profiles[axis].shape
        shapes[axis] = stated or seen.measured or "gaussian"
        if choice != "measured":
            shapes[axis] = choice
    i, j, k = shapes
    if not any(shapes):
        return seen
    source = "given" if choice != "measured" else _source(axes, own, seen)
    return replace(seen, shapes=(i, j, k), source=source)


def plane_axes(grid: Grid, fine: Grid) -> list[int]:
    """Return the axes that get finer and are sampled in k-space, as far as the grid states it.

    Args:
        grid: Of the scan.
        fine: Of the result.

    Returns:
        Numbers of the axes.
    """
    return [axis for axis in axes_in_k_space(grid) if fine.shape[axis] > grid.shape[axis]]


def _acquired(grid: Grid, fine: Grid) -> list[ProfileShape | None]:
    """Return the profiles of the axes along which zero-filling was undone."""
    return [
        one.shape if one.shape == "band-limited" and fine.shape[axis] > grid.shape[axis] else None
        for axis, one in enumerate(grid.profiles)
    ]


def _source(axes: list[int], own: list[int], seen: AssumedProfile) -> Source:
    if own:
        return "assumed" if seen.measured is None else "measured"
    return "recorded" if axes else "zero-filling"


def assumed_profile_notes(grid: Grid, profile: AssumedProfile) -> list[str]:
    """Return warnings where the profile is uncertain, or contradicts what is known.

    Args:
        grid: Of the scan, with the profiles that metadata state.
        profile: The profile that is assumed.

    Returns:
        At most one sentence.
    """
    if profile.source == "measured" and profile.uncertain:
        return [_uncertain(profile)]
    if profile.source != "given":
        return []
    given = next((shape for shape in profile.shapes if shape is not None), None)
    for shape, own in zip(profile.shapes, grid.profiles, strict=True):
        if shape is not None and own.stated and own.shape != shape:
            return [_contradicts(given, f"the metadata of the target state {own.shape}")]
    if given is None or profile.uncertain or profile.measured in (None, given):
        return []
    return [
        _contradicts(
            given,
            f"the spectrum of the target shows {profile.measured} (attenuation "
            f"{profile.attenuation:.1f} dB)",
        )
    ]


def _contradicts(given: ProfileShape | None, known: str) -> str:
    return f"the plane profile {given} was given and is used, but {known}"


def _uncertain(profile: AssumedProfile) -> str:
    assert profile.separation is not None
    if profile.measured == "gaussian":
        other = "Gaussian voxels were assumed; if k-space was truncated, set it to band-limited"
    else:
        other = (
            "band-limited ones were assumed; if the scan was averaged to larger voxels, set it to "
            "gaussian"
        )
    return (
        f"the `plane_profile` of the target is uncertain (attenuation {profile.attenuation:.1f} "
        f"dB; both kinds are found from {profile.separation.lowest:g} to "
        f"{profile.separation.highest:g} dB): {other}"
    )


def _attenuation(
    grid: Grid, axes: Sequence[int], found: Sequence[AxisResolution | None]
) -> tuple[float | None, Separation | None]:
    """Return the mean attenuation of some axes, and the separation of voxels of their size."""
    known = {axis: one for axis in axes if (one := found[axis]) is not None}
    size = max((grid.spacing[axis] for axis in known), default=0.0)
    separation = next((one for one in SEPARATIONS if size <= one.largest), None)
    if not known or separation is None:
        return None, None
    return float(np.mean([one.attenuation for one in known.values()])), separation
