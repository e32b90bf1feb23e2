"""The digital phantom: tissue fractions of a head on a grid, built procedurally from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from crossres.phantom.fields import Axes
from crossres.phantom.layers import tissue_fractions
from crossres.phantom.lesions import Lesion, add_lesions, draw_lesions
from crossres.phantom.subject import Subject
from crossres.phantom.tissues import BRAIN, Fractions, Tissue
from crossres.types import (
    Array3,
    GridError,
    Mask3,
    SettingsError,
    Shape3,
    Triple,
)
from crossres.volume import Grid

_CENTRE = np.array((0.0, 2.0, -9.0))  # of the field of view, mm from the middle of the brain
_CHUNK = 48  # slices built at a time, to bound memory
_FINEST = 1.34  # mm: coarser voxels are means of voxels no larger than this


@dataclass(frozen=True, eq=False)
class Head:
    """The digital phantom of a head.

    Args:
        fractions: Part of each voxel that each tissue fills, ``(tissue, i, j, k)``, 0 to 1, summing
            to 1; the first index is a ``Tissue``.
        density: Proton density relative to the tissue's mean, ``(i, j, k)``, about 1.
        grid: Where the voxels are; axes nearest to R, A, S.
    """

    fractions: Fractions
    density: Array3
    grid: Grid

    @property
    def labels(self) -> np.ndarray:
        """The tissue that fills most of each voxel, ``(i, j, k)``, uint8."""
        most: np.ndarray = self.fractions.argmax(axis=0).astype(np.uint8)
        return most

    @property
    def brain(self) -> Mask3:
        """Where brain fills at least half of the voxel."""
        parts = [self.fractions[t].astype(np.float32) for t in BRAIN]
        result: Mask3 = np.sum(parts, axis=0) >= 0.5
        return result


def axes_of(grid: Grid) -> Axes:
    """Return the coordinates along i, j, k of a grid whose axes lie along R, A, S.

    Args:
        grid: The grid.

    Returns:
        mm, one 1-D array per axis.
    """
    x, y, z = (
        centre + (np.arange(n) - (n - 1) / 2) * d
        for centre, n, d in zip(grid.centre, grid.shape, grid.spacing, strict=True)
    )
    return x, y, z


def head_grid(shape: Shape3, spacing: float | Triple, slices: tuple[int, int] | None) -> Grid:
    """Return the grid of a head, its field of view around the head; RAS+.

    Args:
        shape: Voxels along i, j, k of the whole field of view.
        spacing: mm, one number or three.
        slices: First axial slice and the one after the last; None for all.

    Returns:
        The grid of these slices.

    Raises:
        GridError: An impossible shape or range.
        SettingsError: A spacing outside 0.25 to 10 mm.
    """
    voxel = np.broadcast_to(np.asarray(spacing, dtype=np.float64), 3)
    if voxel.min() < 0.25 or voxel.max() > 10:
        raise SettingsError(f"spacing of a phantom must be 0.25 to 10 mm, got {voxel.tolist()}")
    first, last = slices or (0, shape[2])
    if not 0 <= first < last <= shape[2]:
        raise GridError(f"slices must be a range within 0 to {shape[2]}, got {first} to {last}")
    affine = np.diag((*voxel, 1.0))
    affine[:3, 3] = _CENTRE - voxel * (np.array(shape) - 1) / 2
    affine[2, 3] += first * voxel[2]
    return Grid((shape[0], shape[1], last - first), affine)


def make_head(
    seed: int,
    *,
    shape: Shape3 = (176, 208, 176),
    spacing: float | Triple = 1.0,
    slices: tuple[int, int] | None = None,
    lesions: int = 6,
) -> Head:
    """Build a digital phantom of a head.

    Size, outline, folding, ventricles, layers and lesions follow from the seed.

    Args:
        seed: 0 or more; the same seed gives the same head on every grid.
        shape: Voxels along i, j, k of the whole field of view, which is centred on the head.
        spacing: mm, one number or three, 0.25 to 10.
        slices: Build only this range of axial slices (first, one after the last).
        lesions: Number of white-matter lesions, 0 or more.

    Returns:
        The head, on a grid of the world's axes.

    Raises:
        GridError: An impossible shape or range of slices.
        SettingsError: A negative seed or number of lesions, or an impossible spacing.

    Example:
        >>> make_head(1, shape=(48, 56, 44), spacing=4.0, slices=(20, 22)).fractions.shape
        (15, 48, 56, 2)
    """
    if seed < 0 or lesions < 0:
        raise SettingsError(f"seed and lesions must be 0 or more, got {seed} and {lesions}")
    grid = head_grid(shape, spacing, slices)
    subject = Subject(seed)
    spots = draw_lesions(seed, lesions)
    fractions = np.empty((len(Tissue), *grid.shape), dtype=np.float16)
    for first in range(0, grid.shape[2], _CHUNK):
        part = slice(first, min(first + _CHUNK, grid.shape[2]))
        affine = grid.affine.copy()
        affine[:3, 3] += affine[:3, 2] * part.start
        slab = Grid((*grid.shape[:2], part.stop - part.start), affine)
        fractions[..., part] = _build(subject, slab, spots)
    density = 1 + 0.015 * subject.texture.on(axes_of(grid))
    return Head(fractions, density, grid)


def _build(subject: Subject, grid: Grid, spots: list[Lesion]) -> Fractions:
    """Build on a grid at least as fine as ``_FINEST`` and return block means."""
    factors = [ceil(d / _FINEST - 1e-6) for d in grid.spacing]
    fine = grid.refined(tuple(factors))
    points = zip(axes_of(fine), subject.scale, strict=True)
    x, y, z = ((a / s).astype(np.float32) for a, s in points)
    fractions = tissue_fractions(subject, (x, y, z), float(np.mean(fine.spacing)))
    add_lesions(fractions, (x, y, z), spots)
    for axis, factor in enumerate(factors, start=1):
        shape = (*fractions.shape[:axis], -1, factor, *fractions.shape[axis + 1 :])
        fractions = fractions if factor == 1 else fractions.reshape(shape).mean(axis=axis + 1)
    return fractions
