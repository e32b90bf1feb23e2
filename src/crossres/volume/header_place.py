"""Where a NIfTI header puts its voxels: sform, qform and voxel sizes, judged against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from crossres.types import AnyAffine, GridError, Shape3, Space, Trust
from crossres.volume.grid import Grid
from crossres.volume.size_text import size_text

Header: TypeAlias = Any
"""nibabel's Nifti1Header or Nifti2Header (nibabel is not followed by the type checker)."""

SPACES: dict[int, Space] = {1: "scanner", 2: "aligned", 3: "talairach", 4: "mni"}
"""Meaning of the xform codes of NIfTI; codes of later standards are templates."""
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Length in mm of the units that a NIfTI header may name; without a unit, mm."""
SPACINGS_MM = (0.01, 100.0)
"""From microscopy of a mouse to the thickest slab; other voxel sizes are in another unit, or of a
damaged header."""
REACH_MM = 10_000.0
"""No scanner places a voxel further from its centre."""
LARGEST_SHIFT = 0.25
"""Largest distance between a voxel by sform and by qform, in voxels (of the smallest size).
Rounding to float32 remains below; a shift by half a voxel, as of corners for centres, is above."""
LARGEST_ORIGIN_SHIFT = 0.05
"""Largest distance between the first voxels by sform and by qform, in voxels: no rounding of sizes
or directions moves these."""
LARGEST_TURN_DEGREES = 0.2
"""Largest angle between axes by sform and by qform; quaternions in float32 are good to 0.05."""
LARGEST_SHEAR_DEGREES = 0.5
"""Largest deviation of axes from right angles; directions of two digits are good to this."""
LARGEST_STRETCH = 0.005
"""Largest relative difference of voxel sizes; some programs round them to three digits."""
_LAST_CODE = 5
_sizes = partial(size_text, digits=4)


@dataclass(frozen=True, eq=False)
class Place:
    """Where the voxels of a file are.

    Args:
        grid: The grid, RAS+ mm.
        space: What its coordinates mean.
        notes: Warnings, one sentence each, which begin with a verb: the subject is the file.
    """

    grid: Grid
    space: Space
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Form:
    """The sform or the qform of a header, with its code."""

    name: str
    code: int
    grid: Grid


def place_of(header: Header, shape: Shape3, trust: Trust | None = None) -> Place:
    """Judge the forms of a header, and choose one.

    The sform is used if its code is above 0, else the qform, else the voxel sizes alone, around
    the origin as nibabel does.

    Args:
        header: nibabel's header; its voxel sizes are above 0, and its qfac is 1 or -1.
        shape: Number of voxels along i, j, k.
        trust: Which form is used, without a warning, where both are coded and differ.

    Returns:
        The place.

    Raises:
        GridError: No form that could be used, an unknown code, or an implausible place.
    """
    unit = int(header["xyzt_units"]) & 7
    scale = MM_PER_UNIT.get(unit, 1.0)
    notes = [] if unit in MM_PER_UNIT else [f"states unit {unit}, which is none; mm are assumed"]
    codes = {name: _code(name, header) for name in ("sform", "qform")}
    if not any(codes.values()):
        return _unplaced(header, shape, scale, notes)
    forms, problems = _usable(codes, header, shape, scale)
    used = _chosen(forms, problems, trust)
    if used.name != trust:
        notes += _contradictions(used, forms, problems, header, scale)
    notes += _shear(used)
    return Place(used.grid, SPACES.get(used.code, "aligned"), tuple(notes))


def _code(name: str, header: Header) -> int:
    code = int(header[f"{name}_code"])
    if not 0 <= code <= _LAST_CODE:
        raise GridError(f"{name}_code is {code}, but the standard has 0 to 5; repair the header")
    return code


def _usable(
    codes: Mapping[str, int], header: Header, shape: Shape3, scale: float
) -> tuple[list[_Form], dict[str, str]]:
    """Return the coded forms that can be used, and the problems of the others by name."""
    forms: list[_Form] = []
    problems: dict[str, str] = {}
    for name, code in codes.items():
        try:
            if code:
                affine = getattr(header, f"get_{name}")()
                forms.append(_Form(name, code, _grid(affine, shape, scale)))
        except ValueError as error:  # of nibabel, and GridError
            problems[name] = str(error).split(";")[0]
    return forms, problems


def _grid(affine: AnyAffine, shape: Shape3, scale: float) -> Grid:
    """Return a plausible grid in mm."""
    scaled = np.array(affine, dtype=np.float64)
    scaled[:3] *= scale
    grid = Grid(shape, scaled)
    check_plausible(grid)
    return grid


def check_plausible(grid: Grid) -> None:
    """Refuse a grid that no scanner makes.

    Args:
        grid: The grid, as a header states it.

    Raises:
        GridError: Voxels smaller than 0.01 mm or larger than 100 mm, or further than 10 m from the
            origin.

    Example:
        >>> check_plausible(Grid((64, 64, 20), np.diag([2.0, 2.0, 4.0, 1.0])))
    """
    low, high = SPACINGS_MM
    if min(grid.spacing) < low or max(grid.spacing) > high:
        raise GridError(f"voxels of {_sizes(grid.spacing)}, plausible are {low:g} to {high:g} mm")
    reach = float(np.abs(grid.corners()).max())
    if reach > REACH_MM:
        raise GridError(f"voxels {reach / 1000:.3g} m from the origin, plausible are 10 m")


def _unplaced(header: Header, shape: Shape3, scale: float, notes: Sequence[str]) -> Place:
    note = (
        "states no position (qform and sform code 0): left and right are not known, and results "
        "keep code 0; viewers that place such files by their first voxel show a finer grid shifted "
        "by up to half a voxel"
    )
    return Place(_grid(header.get_base_affine(), shape, scale), "unknown", (*notes, note))


def _chosen(forms: Sequence[_Form], problems: Mapping[str, str], trust: Trust | None) -> _Form:
    """Return the trusted form, or the first that can be used."""
    if trust is not None and trust in problems:
        raise GridError(f"its {trust}, which `trust` requires, is unusable: {problems[trust]}")
    if not forms:
        causes = ", and ".join(f"its {name} is unusable: {problems[name]}" for name in problems)
        raise GridError(f"{causes}; repair the header")
    return next((form for form in forms if form.name == trust), forms[0])


def _contradictions(
    used: _Form,
    forms: Sequence[_Form],
    problems: Mapping[str, str],
    header: Header,
    scale: float,
) -> list[str]:
    """Return warnings of what else the header states about the place."""
    notes = [
        f"has an unusable {name} ({problem}); its {used.name} is used"
        for name, problem in problems.items()
    ]
    if len(forms) == 2 and (distance := _distance(*forms)) > 0:
        sform, qform = forms
        return [
            f"has an sform (code {sform.code}, voxels of {_sizes(sform.grid.spacing)}) and a qform "
            f"(code {qform.code}, {_sizes(qform.grid.spacing)}) that differ by up to "
            f"{distance:.3g} mm; the {used.name} is used; choose with `trust`"
        ]
    stated = np.asarray(header["pixdim"][1:4], dtype=np.float64) * scale
    if np.abs(np.array(used.grid.spacing) / stated - 1).max() > LARGEST_STRETCH:
        notes.append(
            f"has an {used.name} with voxels of {_sizes(used.grid.spacing)}, but pixdim states "
            f"{_sizes(stated.tolist())}; the {used.name} is used; set `trust` to {used.name} if it "
            "is right, else repair the header"
        )
    return notes


def _shear(used: _Form) -> list[str]:
    """Return a warning about axes that are not at right angles, as no scanner makes them."""
    units = used.grid.affine[:3, :3] / np.array(used.grid.spacing)
    cosines = np.abs(units.T @ units - np.eye(3))
    degrees = float(np.degrees(np.arcsin(min(1.0, float(cosines.max())))))
    if degrees <= LARGEST_SHEAR_DEGREES:
        return []
    return [
        f"has a sheared {used.name}: its axes are {degrees:.1f} degrees off right angles, as after "
        "an affine registration; give the scan before it"
    ]


def _distance(sform: _Form, qform: _Form) -> float:
    """Return the largest distance between the corners of two grids; 0 within rounding, mm."""
    corners = np.linalg.norm(sform.grid.corners() - qform.grid.corners(), axis=1)
    voxel = min(*sform.grid.spacing, *qform.grid.spacing)
    agree = (
        corners.max() <= LARGEST_SHIFT * voxel
        and corners[0] <= LARGEST_ORIGIN_SHIFT * voxel
        and _turn(sform.grid, qform.grid) <= LARGEST_TURN_DEGREES
    )
    return 0.0 if agree else float(corners.max())


def _turn(one: Grid, other: Grid) -> float:
    """Return the largest angle between the axes of two grids, in degrees."""
    directions = [grid.affine[:3, :3] / np.array(grid.spacing) for grid in (one, other)]
    chords = np.linalg.norm(directions[0] - directions[1], axis=0)
    return float(np.degrees(2 * np.arcsin(np.minimum(chords / 2, 1))).max())
