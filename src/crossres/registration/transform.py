"""RigidTransform: a rotation and a translation between two images' world coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossres.types import AnyAffine, Points, RegistrationError, Triple
from crossres.volume import Grid

_CONVENTION = "RAS+ mm; maps a world point of the target to the same point of the guide"
_RIGID_TOLERANCE = 1e-4
_DISPLACEMENT_SAMPLES = 32


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """Map world points of the target to world points of the guide: ``x_guide = R x_target + t``.

    This is the direction that resampling needs: it gives, for each voxel of the target's grid, the
    place in the guide. Where the guide's head lies 5 mm further right, t is (5, 0, 0).

    Args:
        matrix: 4 x 4, both sides in RAS+ mm, ``[[R, t], [0, 1]]`` with R a proper rotation.

    Raises:
        RegistrationError: A matrix that is not finite and rigid.

    Example:
        >>> RigidTransform.from_dict(RigidTransform.identity().to_dict()).angle_degrees
        0.0
    """

    matrix: AnyAffine

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise RegistrationError("a rigid transform needs a finite 4 x 4 matrix in RAS+ mm")
        rotation, last = matrix[:3, :3], matrix[3]
        if (
            np.abs(rotation @ rotation.T - np.eye(3)).max() > _RIGID_TOLERANCE
            or np.linalg.det(rotation) < 0
            or not np.array_equal(last, [0, 0, 0, 1])
        ):
            raise RegistrationError(
                "the matrix is not rigid (it scales, shears or mirrors); "
                "give a rotation and a translation only"
            )
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RigidTransform) and np.array_equal(self.matrix, other.matrix)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def identity(cls) -> RigidTransform:
        """Return the transform that moves nothing.

        Returns:
            R = I, t = 0.
        """
        return cls(np.eye(4))

    @property
    def is_identity(self) -> bool:
        """Whether the transform moves nothing, exactly."""
        return np.array_equal(self.matrix, np.eye(4))

    @property
    def angle_degrees(self) -> float:
        """Angle of the rotation about its axis, 0-180 degrees."""
        rotation = self.matrix[:3, :3]
        # The sine from the antisymmetric part: arccos of the trace alone loses small angles.
        twist = (rotation - rotation.T)[[2, 0, 1], [1, 2, 0]]
        return float(np.degrees(np.arctan2(np.linalg.norm(twist), np.trace(rotation) - 1)))

    @property
    def translation_mm(self) -> Triple:
        """Translation t along R, A, S in mm; it depends on where the world's origin is."""
        x, y, z = self.matrix[:3, 3].tolist()
        return (x, y, z)

    def inverse(self) -> RigidTransform:
        """Return the transform from the guide's world to the target's.

        Returns:
            The inverse, again rigid.
        """
        matrix = np.eye(4)
        matrix[:3, :3] = self.matrix[:3, :3].T
        matrix[:3, 3] = -matrix[:3, :3] @ self.matrix[:3, 3]
        return RigidTransform(matrix)

    def scaled(self, scale: float) -> RigidTransform:
        """Return the same motion in a world of other units.

        Args:
            scale: Length of this transform's unit in the new one.

        Returns:
            The same rotation, with the translation times the scale.
        """
        matrix = self.matrix.copy()
        matrix[:3, 3] *= scale
        return RigidTransform(matrix)

    def apply(self, points: Points) -> Points:
        """Map points.

        Args:
            points: World points of the target, ``(n, 3)``, RAS+ mm.

        Returns:
            World points of the guide, ``(n, 3)``, RAS+ mm.
        """
        moved: Points = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved

    def displacement(self, grid: Grid) -> tuple[float, float]:
        """Return how far the points of a grid move.

        The mean is over a lattice of at most 32 points per axis with the same field of view; the
        maximum is exact, because it is reached at a corner.

        Args:
            grid: Grid of the target.

        Returns:
            Mean and maximum, mm.
        """
        i, j, k = (min(n, _DISPLACEMENT_SAMPLES) for n in grid.shape)
        lattice = grid.with_shape((i, j, k))
        indices = np.indices(lattice.shape).reshape(3, -1).T
        points = indices @ lattice.affine[:3, :3].T + lattice.affine[:3, 3]
        mean = np.linalg.norm(self.apply(points) - points, axis=1).mean()
        corners = grid.corners()
        return float(mean), float(np.linalg.norm(self.apply(corners) - corners, axis=1).max())

    def to_dict(self) -> dict[str, Any]:
        """Return what :meth:`from_dict` reads, ready for a JSON sidecar.

        Returns:
            The matrix as nested lists, and the convention that it follows.
        """
        return {"matrix": self.matrix.tolist(), "convention": _CONVENTION}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> RigidTransform:
        """Return the transform that :meth:`to_dict` stored.

        Args:
            stored: With ``matrix`` and ``convention``.

        Returns:
            The transform.

        Raises:
            RegistrationError: No rigid matrix, or one written for another convention.
        """
        if stored.get("convention") != _CONVENTION:
            raise RegistrationError(
                f"wanted a transform with convention '{_CONVENTION}', "
                f"got {stored.get('convention')!r}; give what RigidTransform.to_dict returned"
            )
        return cls(np.array(stored.get("matrix", []), dtype=np.float64))
