"""Geometry of the slices of a series, and the checks that they form one volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.types import GridError, VolumeError
from crossres.volume import Grid, check_plausible

_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_SAME_MM = 0.01
_TOLERANCE_MM = 0.02
_TOLERANCE = 0.02
_SIDEWAYS_MM = 0.05
_SIDEWAYS = 1e-3
# Directions rounded to two digits deviate from length 1 and from a right angle by up to this, and
# from the line of the slices likewise.
_ROUNDED_LENGTH, _ROUNDED_ANGLE = 0.01, 0.02
_EXACT = 1e-3
# Slices much thicker than thin, yet far apart, are rare; half of an interleaved stack is not.
_HALF = 1.9
# Slices of one volume overlap by interpolation to a quarter of their thickness at most.
_OVERLAP = 8


def by_position(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Sort frames along their common normal, grouped by position.

    Args:
        frames: Frames of one orientation.

    Returns:
        The frames of each position, sorted along the normal; positions within 0.01 mm are one.

    Raises:
        GridError: A frame without a position, or impossible geometry.
        VolumeError: An image in colour, inverted, a mosaic, or with a lookup table.
    """
    _check(frames)
    along = _positions(frames) @ _directions(frames[0])[2]
    order = np.argsort(along, kind="stable")
    starts = np.flatnonzero(np.diff(along[order], prepend=-np.inf) > _SAME_MM)
    return [[frames[n] for n in places] for places in np.split(order, starts[1:])]


def grid_of(frames: Sequence[Frame]) -> Grid:
    """Return the grid of a stack of slices.

    Args:
        frames: One per position, sorted along the normal, as from :func:`by_position`.

    Returns:
        The grid, in RAS+ mm: i along rows, j down columns, k through slices.

    Raises:
        GridError: A single slice, missing slices, uneven gaps, slices displaced sideways, or an
            implausible place.
    """
    if len(frames) < 2:
        raise GridError("holds a single slice; a volume needs two or more, so give another series")
    row, column, normal = _axes(frames)
    positions = _positions(frames)
    gaps = np.diff(positions @ normal)
    step = float(gaps.mean())
    _check_gaps(gaps)
    _check_sideways(positions - positions[0], normal, step)
    between_rows, between_columns = frames[0].spacing or (0.0, 0.0)
    affine = np.eye(4)
    steps = np.column_stack([row * between_columns, column * between_rows, normal * step])
    affine[:3, :3], affine[:3, 3] = _TO_RAS @ steps, _TO_RAS @ positions[0]
    rows, columns = frames[0].size
    grid = Grid((columns, rows, len(frames)), affine)
    try:
        check_plausible(grid)
    except GridError as error:
        raise GridError(f"has {error}; get a new export of it") from error
    return grid


def irregularities(frames: Sequence[Frame]) -> list[str]:
    """Return what is odd about the geometry of a stack that can be read.

    Args:
        frames: One per position, sorted along the normal.

    Returns:
        The ends of sentences about the series.
    """
    return [*_rounded(frames), *_distance(frames)]


def _rounded(frames: Sequence[Frame]) -> list[str]:
    """Return a note if directions were rounded so much that they had to be corrected."""
    stated = np.reshape(np.array(frames[0].orientation, dtype=np.float64), (2, 3))
    change = float(np.abs(_axes(frames)[:2] - stated).max())
    if change <= _EXACT:
        return []
    return [
        "has rounded directions, not at right angles to each other or to the line of its slices "
        f"(Image Orientation (Patient)); they were corrected by {np.degrees(change):.1f} degrees"
    ]


def _distance(frames: Sequence[Frame]) -> list[str]:
    """Return a note if slices lie much further apart, or closer, than the header states."""
    positions = _positions(frames)
    distance = float(np.linalg.norm(positions[-1] - positions[0])) / (len(frames) - 1)
    thickness = median_length([frame.thickness for frame in frames])
    between = median_length([frame.between for frame in frames])
    # Some scanners state the gap as the spacing between slices.
    usual = between if between >= thickness else thickness
    apart = f"has slices {distance:.2f} mm apart that should be {usual:.2f} mm apart by their"
    if 0 < usual <= distance / _HALF:
        return [f"{apart} thickness or spacing: is half of an interleaved stack missing?"]
    if distance < max(between / _HALF, thickness / _OVERLAP):
        return [f"{apart} thickness or spacing: are positions or spacing wrong?"]
    return []


def median_length(found: Sequence[float | None]) -> float:
    """Return the median of lengths that are above 0.

    Args:
        found: Lengths, mm; None where there is none.

    Returns:
        mm; 0 where no length is above 0.
    """
    stated = [number for number in found if number is not None and 0 < number < np.inf]
    return float(np.median(stated)) if stated else 0.0


def have_places(frames: Sequence[Frame]) -> bool:
    """Return whether all frames have a position and an orientation in numbers.

    Args:
        frames: The frames.

    Returns:
        True if they do.
    """
    return all(
        frame.position is not None
        and frame.orientation is not None
        and bool(np.isfinite([*frame.position, *frame.orientation]).all())
        for frame in frames
    )


def offsets(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """Return where frames lie along the directions of the first of them.

    Args:
        frames: Frames with positions, of one orientation.

    Returns:
        In mm along a row, down a column and along the normal, (n, 3).
    """
    row, column = np.reshape(np.array(frames[0].orientation, dtype=np.float64), (2, 3))
    return np.asarray(_positions(frames) @ np.array([row, column, np.cross(row, column)]).T)


def plane_of(frame: Frame) -> str:
    """Return the plane of a slice.

    Args:
        frame: The slice.

    Returns:
        ``"axial"``, ``"coronal"`` or ``"sagittal"``, whichever is nearest; ``"?"`` without an
        orientation.
    """
    if frame.orientation is None or not np.isfinite(frame.orientation).all():
        return "?"
    normal = np.cross(frame.orientation[:3], frame.orientation[3:])
    return ("sagittal", "coronal", "axial")[int(np.abs(normal).argmax())]


def _positions(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """Return the positions, (n, 3), in LPS mm."""
    return np.array([frame.position for frame in frames], dtype=np.float64)


def _check(frames: Sequence[Frame]) -> None:
    """Check that all frames are grey images with a position in the world."""
    for frame in frames:
        if frame.colours > 1 or not frame.photometric.startswith("MONOCHROME"):
            raise VolumeError("is in colour (a screenshot or a map?); give the scan itself")
        if "MOSAIC" in frame.kind:
            raise VolumeError("is a mosaic, all slices in one picture; convert it with dcm2niix")
        if frame.photometric == "MONOCHROME1":
            raise VolumeError("is stored inverted (MONOCHROME1); convert it to MONOCHROME2 first")
        if frame.table:
            raise VolumeError("has a lookup table for its values; convert it with dcm2niix")
        _check_geometry(frame)


def _check_geometry(frame: Frame) -> None:
    """Check that position, orientation and spacing of a frame are present and possible."""
    if frame.position is None or frame.orientation is None:
        raise GridError(
            "has images without a position (Image Position and Orientation (Patient)); "
            "give a series straight from the scanner"
        )
    if frame.spacing is None or not np.isfinite(frame.spacing).all() or min(frame.spacing) <= 0:
        spacing = "none" if frame.spacing is None else f"{frame.spacing[0]} x {frame.spacing[1]} mm"
        raise GridError(f"has a pixel spacing of {spacing}; it must be above 0, get a new export")
    if not np.isfinite([*frame.position, *frame.orientation]).all():
        raise GridError("has positions that are not numbers (NaN); get a new export of it")
    _directions(frame)


def _directions(frame: Frame) -> NDArray[np.float64]:
    """Return unit vectors along a row, down a column and along the normal, LPS.

    Raises:
        GridError: Those of row and column are not at right angles, or not of length 1.
    """
    row, column = np.reshape(np.array(frame.orientation, dtype=np.float64), (2, 3))
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if np.abs(lengths - 1).max() > _ROUNDED_LENGTH or abs(row @ column) > _ROUNDED_ANGLE:
        raise GridError("has directions that are not at right angles; get a new export of it")
    row = row / lengths[0]
    column = column - (column @ row) * row
    column = column / np.linalg.norm(column)
    return np.array([row, column, np.cross(row, column)])


def _axes(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """Return the directions of a stack; where they were rounded, the normal is that of its line."""
    row, column, normal = _directions(frames[0])
    first, *_, last = _positions(frames)
    line = last - first
    line = line / np.linalg.norm(line)
    sideways = float(np.linalg.norm(line - normal))
    if not (_is_rounded(frames[0]) and _EXACT < sideways <= _ROUNDED_ANGLE):
        return np.array([row, column, normal])
    row = row - (row @ line) * line
    row = row / np.linalg.norm(row)
    return np.array([row, np.cross(line, row), line])


def _is_rounded(frame: Frame) -> bool:
    """Return whether the directions of a frame have two digits at most."""
    hundredths = 100 * np.array(frame.orientation, dtype=np.float64)
    return bool(np.abs(hundredths - np.rint(hundredths)).max() < _EXACT)


def _check_gaps(gaps: NDArray[np.float64]) -> None:
    """Check that the gaps are even: neither missing slices nor an uneven stack."""
    # The lower median is the gap of neighbours even with half of the slices missing.
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    allowed = max(_TOLERANCE_MM, _TOLERANCE * usual)
    if np.abs(gaps - usual).max() <= allowed and _is_line(gaps, allowed):
        return
    widest = int(gaps.argmax())
    where = f"{gaps[widest]:.2f} mm between slices {widest + 1} and {widest + 2}"
    steps = np.rint(gaps / usual)
    whole = np.abs(gaps - steps * usual).max() <= allowed * max(1.0, float(steps.max()))
    if whole and steps.min() >= 1:
        missing = int(steps.sum()) - len(gaps)
        raise GridError(
            f"lacks {missing} slice{'s' * (missing > 1)}: a gap of {where}, {usual:.2f} mm "
            "elsewhere; export it again in full"
        )
    raise GridError(
        f"has uneven gaps, {gaps.min():.2f} to {gaps.max():.2f} mm ({where}); "
        "give a series with evenly spaced slices"
    )


def _is_line(gaps: NDArray[np.float64], allowed: float) -> bool:
    """Return whether small differences cancel, so that every slice is close to the grid."""
    places = np.arange(1, len(gaps) + 1) * gaps.mean()
    return bool(np.abs(np.cumsum(gaps) - places).max() <= allowed)


def _check_sideways(offsets: NDArray[np.float64], normal: NDArray[np.float64], step: float) -> None:
    """Check that the slices lie straight behind each other."""
    sideways = offsets - np.outer(offsets @ normal, normal)
    allowed = max(_SIDEWAYS_MM, _SIDEWAYS * step * len(offsets))
    if np.linalg.norm(sideways, axis=1).max() <= allowed:
        return
    drift = sideways[-1] / (len(offsets) - 1)
    straight = np.outer(np.arange(len(offsets)), drift)
    if np.linalg.norm(sideways - straight, axis=1).max() <= allowed:
        angle = np.degrees(np.arctan2(np.linalg.norm(drift), step))
        raise GridError(f"is sheared by {angle:.1f} degrees (gantry tilt); straighten it first")
    furthest = np.linalg.norm(sideways, axis=1).max()
    raise GridError(
        f"has slices up to {furthest:.2f} mm beside the others; give a series of one stack"
    )
