"""Grid: where the voxels of an image are in the world, and over what width each averages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from crossres.types import (
    AnyAffine,
    Flips,
    GridError,
    Order,
    Points,
    Shape3,
    Triple,
)
from crossres.volume.profile import Profile

Profiles: TypeAlias = tuple[Profile, Profile, Profile]
"""Along i, j, k."""


def _as_triple(value: float | tuple[float, ...]) -> Triple:
    """Repeat a number three times, or check that there are three."""
    values = (value,) * 3 if isinstance(value, int | float) else tuple(value)
    if len(values) != 3:
        raise GridError(f"wanted one number or three (one per voxel axis), got {len(values)}")
    return (float(values[0]), float(values[1]), float(values[2]))


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid of voxels in the world.

    Two grids are equal if every voxel centre agrees to 1e-9 mm. A grid cannot be changed.

    Args:
        shape: Number of voxels along i, j, k, each at least 1.
        affine: 4 x 4 matrix from voxel indices (at voxel *centres*) to RAS+ mm; kept as float64.
        profiles: The profile over which a voxel averages along i, j, k; by default a Gaussian as
            wide as the voxel. Slices with gaps are narrower than their distance, overlapping ones
            wider.

    Raises:
        GridError: A size below 1, or an affine that is not finite and invertible.

    Example:
        >>> grid = Grid((60, 60, 20), np.diag([4.0, 4.0, 5.0, 1.0]))
        >>> grid.extent
        (240.0, 240.0, 100.0)
        >>> grid.refined((4, 4, 1)).shape
        (240, 240, 20)
    """

    shape: Shape3
    affine: AnyAffine
    profiles: Profiles = (Profile(), Profile(), Profile())

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GridError(f"a grid needs three sizes of at least 1, got {self.shape}")
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GridError("the affine must be a finite 4 x 4 matrix; repair the file's header")
        if not np.array_equal(affine[3], [0, 0, 0, 1]):
            row = affine[3].tolist()
            raise GridError(f"the affine must end in the row 0 0 0 1, got {row}; repair the header")
        self._check_axes()
        profiles = zip(self.profiles, np.linalg.norm(affine[:3, :3], axis=0).tolist(), strict=True)
        object.__setattr__(self, "profiles", tuple(one.resolved(size) for one, size in profiles))

    def _check_axes(self) -> None:
        lengths = np.linalg.norm(self.affine[:3, :3], axis=0)
        if lengths.min() <= 0 or abs(np.linalg.det(self.affine[:3, :3] / lengths)) < 1e-3:
            raise GridError(
                f"the affine is singular (voxel sizes {lengths.round(3).tolist()} mm); "
                "repair the file's sform or qform"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and self.is_close(other, tolerance=1e-9)

    __hash__ = None  # type: ignore[assignment]

    def is_close(self, other: Grid, *, tolerance: float = 1e-3) -> bool:
        """Return whether every voxel centre lies near that of the other grid.

        Args:
            other: The grid to compare with.
            tolerance: Largest distance between two centres, mm.

        Returns:
            False where the shapes differ.
        """
        return self.shape == other.shape and bool(
            np.abs(self.corners() - other.corners()).max() <= tolerance
        )

    @property
    def spacing(self) -> Triple:
        """Voxel size along i, j, k in mm."""
        return _as_triple(tuple(np.linalg.norm(self.affine[:3, :3], axis=0).tolist()))

    @property
    def fwhm(self) -> Triple:
        """Width of the profiles along i, j, k, full width at half maximum in mm."""
        i, j, k = (profile.fwhm for profile in self.profiles)
        return (i, j, k)

    @property
    def extent(self) -> Triple:
        """Field of view along i, j, k in mm, from voxel edge to voxel edge."""
        return _as_triple(tuple(n * d for n, d in zip(self.shape, self.spacing, strict=True)))

    @property
    def centre(self) -> Triple:
        """RAS+ mm of the middle of the field of view."""
        middle = (np.array(self.shape) - 1) / 2
        return _as_triple(tuple((self.affine[:3, :3] @ middle + self.affine[:3, 3]).tolist()))

    def corners(self) -> Points:
        """Return the outermost voxel centres.

        Returns:
            RAS+ mm, ``(8, 3)``; the last voxel axis varies fastest.
        """
        ends = [(0, n - 1) for n in self.shape]
        indices = np.array(list(itertools.product(*ends)), dtype=np.float64)
        points: Points = indices @ self.affine[:3, :3].T + self.affine[:3, 3]
        return points

    def with_shape(self, shape: Shape3) -> Grid:
        """Return the grid of another shape with the same field of view: voxel *edges* coincide.

        Args:
            shape: Number of voxels along i, j, k.

        Returns:
            The grid; along axes whose size changes the profile is a Gaussian as wide as the voxel.

        Raises:
            GridError: A size below 1.
        """
        ratio = np.array(self.shape) / np.maximum(shape, 1)  # Grid refuses sizes below 1
        affine = self.affine.copy()
        affine[:3, :3] = self.affine[:3, :3] * ratio
        affine[:3, 3] = self.affine[:3, 3] + self.affine[:3, :3] @ ((ratio - 1) / 2)
        i, j, k = (
            own if n == m else Profile()
            for own, n, m in zip(self.profiles, self.shape, shape, strict=True)
        )
        return Grid(shape, affine, (i, j, k))

    def with_spacing(self, spacing: float | tuple[float, ...]) -> Grid:
        """Return the grid of about this spacing (mm) with the same field of view.

        The edges must coincide, so each size is rounded to whole voxels and the spacing is what
        follows from it: 240 mm at 3.3 mm become 73 voxels of 3.288 mm.

        Args:
            spacing: mm, one number or three, above 0.

        Returns:
            The grid, at least one voxel per axis.

        Raises:
            GridError: A spacing that is not above 0.
        """
        requested = _as_triple(spacing)
        if not all(np.isfinite(requested)) or min(requested) <= 0:
            raise GridError(f"spacing must be above 0 mm, got {requested}")
        sizes = [max(1, round(e / d)) for e, d in zip(self.extent, requested, strict=True)]
        return self.with_shape((sizes[0], sizes[1], sizes[2]))

    def refined(self, factors: float | tuple[float, ...]) -> Grid:
        """Return the grid with ``factors`` times as many voxels per axis, same field of view.

        Args:
            factors: One number or three, above 0.

        Returns:
            The grid; sizes are rounded as in :meth:`with_spacing`.

        Raises:
            GridError: A factor that is not above 0.
        """
        pairs = zip(self.spacing, _as_triple(factors), strict=True)
        return self.with_spacing(tuple(d / f for d, f in pairs))

    def coarsened(self, factors: float | tuple[float, ...]) -> Grid:
        """Return the grid with ``factors`` times fewer voxels per axis, same field of view.

        Args:
            factors: One number or three, above 0.

        Returns:
            The grid; sizes are rounded as in :meth:`with_spacing`.

        Raises:
            GridError: A factor that is not above 0.
        """
        pairs = zip(self.spacing, _as_triple(factors), strict=True)
        return self.with_spacing(tuple(d * f for d, f in pairs))

    def cropped(self, box: tuple[slice, slice, slice]) -> Grid:
        """Return the grid of a box of voxels, each where it was.

        Args:
            box: Start and stop along i, j, k, without a step.

        Returns:
            The grid of the box.

        Raises:
            GridError: A box without voxels.
        """
        ranges = [range(*cut.indices(size)) for cut, size in zip(box, self.shape, strict=True)]
        affine = self.affine.copy()
        affine[:3, 3] += affine[:3, :3] @ [r.start for r in ranges]
        return Grid((len(ranges[0]), len(ranges[1]), len(ranges[2])), affine, self.profiles)

    def factors_to(self, fine: Grid) -> Triple:
        """Return how many voxels of a finer grid lie along one voxel of this grid.

        Args:
            fine: A grid of the same field of view.

        Returns:
            One factor per axis; 1 where nothing changes.
        """
        return _as_triple(tuple(f / n for n, f in zip(self.shape, fine.shape, strict=True)))

    def shares_edges(self, other: Grid, *, tolerance: float = 1e-2) -> bool:
        """Return whether both grids have the same axes and field of view.

        Args:
            other: The grid to compare with.
            tolerance: Largest distance between the two fields of view, mm.

        Returns:
            True where the voxel edges at the border coincide.
        """
        return self.is_close(other.with_shape(self.shape), tolerance=tolerance)

    def axis_order(self) -> tuple[Order, Flips]:
        """Return the voxel axis that is nearest to each of R, A, S.

        Returns:
            For R, A, S the number of the voxel axis, and whether it runs the other way.
        """
        direction = self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0)
        order = max(
            itertools.permutations(range(3)),
            key=lambda p: sum(abs(direction[world, axis]) for world, axis in enumerate(p)),
        )
        flips = tuple(bool(direction[world, axis] < 0) for world, axis in enumerate(order))
        return (order[0], order[1], order[2]), (flips[0], flips[1], flips[2])

    def reordered(self, order: Order, flips: Flips) -> Grid:
        """Return the same voxels with their axes in another order.

        Args:
            order: Old axis of each new axis.
            flips: Which of the new axes are reversed.

        Returns:
            The grid; every voxel stays where it is in the world.
        """
        move = np.zeros((4, 4))
        move[3, 3] = 1
        for new, (old, flip) in enumerate(zip(order, flips, strict=True)):
            move[old, new] = -1 if flip else 1
            move[old, 3] = self.shape[old] - 1 if flip else 0
        shape = (self.shape[order[0]], self.shape[order[1]], self.shape[order[2]])
        i, j, k = (self.profiles[axis] for axis in order)
        return Grid(shape, self.affine @ move, (i, j, k))
