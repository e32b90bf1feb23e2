"""The planes of a report: those that contain the enhanced axes first, cut at slices of the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crossres.report.slices import ACROSS, Plane, informative_fractions
from crossres.types import Triple
from crossres.volume import Grid, Volume

_ORDER: tuple[Plane, ...] = ("axial", "sagittal", "coronal")
_SIDES = (("R", "L"), ("A", "P"), ("S", "I"))


@dataclass(frozen=True)
class Cut:
    """A slice of a report.

    Args:
        plane: Its plane.
        fraction: Its position, 0-1 of the field of view towards the right, front or top: the centre
            of a voxel of the scan.
        millimetres: The same in the world, towards the right, front or top.
        enhanced: Whether the plane contains an axis that got finer.
    """

    plane: Plane
    fraction: float
    millimetres: float
    enhanced: bool = True

    @property
    def label(self) -> str:
        """Plane and position, such as "sagittal, L 12.4 mm"."""
        side = _SIDES[ACROSS[self.plane]][self.millimetres < 0]
        return f"{self.plane}, {side} {abs(self.millimetres):.1f} mm"


def planes_of(scan: Grid, fine: Grid) -> tuple[Plane, ...]:
    """Return the three planes, that with most of the enhancement first.

    Args:
        scan: Grid of the scan.
        fine: Grid of the result.

    Returns:
        The planes, in falling order of the factors along their two axes.

    Example:
        >>> import numpy as np
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> planes_of(fine.coarsened((1, 1, 4)), fine)
        ('sagittal', 'coronal', 'axial')
        >>> planes_of(fine.coarsened((2, 2, 1)), fine)[0]
        'axial'
    """
    finer = [math.log(factor) for factor in _factors(scan, fine)]

    def shown(plane: Plane) -> float:
        return -round(sum(finer) - finer[ACROSS[plane]], 6)

    first, second, third = sorted(_ORDER, key=shown)
    return first, second, third


def enhanced_axis(scan: Grid, fine: Grid) -> int:
    """Return the axis of the patient that got finest inside the first plane.

    Args:
        scan: Grid of the scan.
        fine: Grid of the result.

    Returns:
        0, 1 or 2 for right, front and top.
    """
    factors = _factors(scan, fine)
    inside = [a for a in (2, 1, 0) if a != ACROSS[planes_of(scan, fine)[0]]]
    return max(inside, key=lambda axis: round(factors[axis], 6))


def cuts_of(scan: Grid, result: Volume, *, count: int = 1) -> dict[Plane, tuple[Cut, ...]]:
    """Choose slices that show the head, each at the centre of a slice of the scan.

    Args:
        scan: Grid of the scan.
        result: The result.
        count: Slices in the first plane, at least 1; one in each of the others.

    Returns:
        Slices by plane, in the order of :func:`planes_of`.

    Raises:
        VolumeError: A result of a single value.
    """
    planes, upright = planes_of(scan, result.grid), scan.reordered(*scan.axis_order())
    places = informative_fractions(result, first=planes[0], count=count)
    factors = _factors(scan, result.grid)
    finer = {plane: math.prod(factors) > factors[ACROSS[plane]] for plane in planes}
    return {
        plane: tuple(_cut(upright, plane, f, finer[plane]) for f in places[plane])
        for plane in planes
    }


def _cut(upright: Grid, plane: Plane, fraction: float, enhanced: bool) -> Cut:
    """Return the slice at the centre of the voxel of an R, A, S grid that holds a position."""
    axis = ACROSS[plane]
    size = upright.shape[axis]
    index = [(n - 1) / 2 for n in upright.shape]
    index[axis] = min(int(fraction * size), size - 1)
    place = upright.affine @ [*index, 1.0]
    return Cut(plane, (index[axis] + 0.5) / size, float(place[axis]), enhanced)


def _factors(scan: Grid, fine: Grid) -> Triple:
    """Return the factors along R, A and S."""
    return scan.reordered(*scan.axis_order()).factors_to(fine.reordered(*fine.axis_order()))
