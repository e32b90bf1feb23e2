"""Solid shapes given by their depth: mm below the surface, positive inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from crossres.phantom.fields import Axes
from crossres.types import Triple

Bounds: TypeAlias = tuple[np.ndarray, np.ndarray]
"""Lowest and highest corner in mm, (3,) each."""


def smooth_union(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Unite two depths with a fillet (polynomial smooth maximum).

    Args:
        a: Depth, mm.
        b: Depth, mm, of the same shape.
        blend: Size of the fillet, mm.

    Returns:
        Depth of the union, mm.
    """
    overlap = np.clip(blend - np.abs(a - b), 0, None)
    result: np.ndarray = np.maximum(a, b) + overlap**2 / (4 * blend)
    return result


def smooth_intersection(a: np.ndarray, b: np.ndarray, blend: float) -> np.ndarray:
    """Intersect two depths with a rounding.

    Args:
        a: Depth, mm.
        b: Depth, mm, of the same shape.
        blend: Size of the rounding, mm.

    Returns:
        Depth of the intersection, mm.
    """
    return -smooth_union(-a, -b, blend)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid, its axes along x, y, z but for a rotation about z."""

    centre: Triple
    """mm."""
    radii: Triple
    """mm."""
    angle: float = 0.0
    """Degrees about z, from x towards y."""

    def bounds(self) -> Bounds:
        """Return a box that holds the shape.

        Returns:
            Lowest and highest corner, mm.
        """
        reach = np.array([max(self.radii[:2])] * 2 + [self.radii[2]]) if self.angle else self.radii
        return np.subtract(self.centre, reach), np.add(self.centre, reach)

    def depth(self, mesh: Axes) -> np.ndarray:
        """Return the depth at every point of an open mesh, to first order.

        Args:
            mesh: From :func:`~crossres.phantom.fields.open_mesh`, mm.

        Returns:
            mm, ``(i, j, k)``, positive inside.
        """
        x, y, z = (m - c for m, c in zip(mesh, self.centre, strict=True))
        cos, sin = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        along, across = (cos * x + sin * y, cos * y - sin * x) if self.angle else (x, y)
        rx, ry, rz = self.radii
        reach = np.sqrt((along / rx) ** 2 + (across / ry) ** 2 + (z / rz) ** 2)
        slope = np.sqrt((along / rx**2) ** 2 + (across / ry**2) ** 2 + (z / rz**2) ** 2)
        # The two floors match: in the middle the depth is the smallest radius, not 0 / 0.
        reach, slope = np.maximum(reach, 1e-3), np.maximum(slope, 1e-3 / min(self.radii))
        result: np.ndarray = reach * (1 - reach) / slope
        return result

    def mirrored(self) -> Ellipsoid:
        """Return the mirror image at the plane x = 0.

        Returns:
            The shape on the other side.
        """
        x, y, z = self.centre
        return replace(self, centre=(-x, y, z), angle=-self.angle)


@dataclass(frozen=True)
class Tube:
    """Round cones joined end to end."""

    points: tuple[Triple, ...]
    """mm."""
    radii: tuple[float, ...]
    """mm, one per point."""

    def bounds(self) -> Bounds:
        """Return a box that holds the shape.

        Returns:
            Lowest and highest corner, mm.
        """
        points, reach = np.array(self.points), np.array(self.radii)[:, None]
        return (points - reach).min(0), (points + reach).max(0)

    def depth(self, mesh: Axes) -> np.ndarray:
        """Return the depth at every point of an open mesh.

        Args:
            mesh: From :func:`~crossres.phantom.fields.open_mesh`, mm.

        Returns:
            mm, ``(i, j, k)``, positive inside.
        """
        pieces = zip(self.points, self.points[1:], self.radii, self.radii[1:], strict=False)
        depths = [_cone_depth(mesh, np.array(a), np.array(b), r, s) for a, b, r, s in pieces]
        result: np.ndarray = np.maximum.reduce(depths)
        return result

    def mirrored(self) -> Tube:
        """Return the mirror image at the plane x = 0.

        Returns:
            The shape on the other side.
        """
        return replace(self, points=tuple((-x, y, z) for x, y, z in self.points))


Shape: TypeAlias = Ellipsoid | Tube


def _cone_depth(
    mesh: Axes, start: np.ndarray, end: np.ndarray, first: float, last: float
) -> np.ndarray:
    axis = end - start
    offsets = [m - s for m, s in zip(mesh, start, strict=True)]
    dot = sum(o * w for o, w in zip(offsets, axis, strict=True))
    part = np.clip(dot / (axis @ axis), 0, 1).astype(np.float32)
    squares = sum((o - part * w) ** 2 for o, w in zip(offsets, axis, strict=True))
    result: np.ndarray = first + part * (last - first) - np.sqrt(squares)
    return result
