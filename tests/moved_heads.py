"""A head of two contrasts, its motion, and scans of it on any grid."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossres.registration import RigidTransform
from crossres.volume import Grid, Volume

Points = NDArray[np.float64]

FOV_MM = np.array([128.0, 152.0, 120.0])
HEAD_MM = np.array([50.0, 62.0, 46.0])
STORAGES = {
    "RAS": ((0, 1, 2), (False, False, False)),
    "LAS": ((0, 1, 2), (True, False, False)),
    "LPS": ((0, 1, 2), (True, True, False)),
    "PIR": ((1, 2, 0), (True, True, False)),
}


def rotated(degrees: float, axis: tuple[float, ...], shift: tuple[float, ...]) -> RigidTransform:
    matrix = np.eye(4)
    direction = np.array(axis) / np.linalg.norm(axis)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * direction).as_matrix()
    matrix[:3, 3] = shift
    return RigidTransform(matrix)


TRUTH = rotated(5, (1, 2, -1.5), (3, -3, 2.65))


def grid_of(spacing: float | tuple[float, ...], angle: float = 0) -> Grid:
    """Return a grid over the phantom's field of view, optionally rotated about the origin."""
    affine = np.eye(4)
    affine[:3, 3] = -FOV_MM / 2 + 0.5
    shape = (int(FOV_MM[0]), int(FOV_MM[1]), int(FOV_MM[2]))
    rotation = rotated(angle, (1, 1, 1), (0, 0, 0)).matrix
    return Grid(shape, rotation @ affine).with_spacing(spacing)


def points_of(grid: Grid) -> Points:
    indices = np.indices(grid.shape).reshape(3, -1).T
    return indices @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def head_points() -> Points:
    points = points_of(grid_of(8))
    return points[np.linalg.norm(points / HEAD_MM, axis=1) < 1]


def scene(points: Points, contrast: int, person: int = 0) -> Points:
    """Return a lopsided head: both contrasts show its folds, each with other intensities."""
    rng = np.random.default_rng(person)
    directions = rng.normal(size=(12, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    waves = directions * (2 * np.pi / rng.uniform(12, 45, (12, 1)))
    tissue = np.cos(points @ waves.T + rng.uniform(0, 2 * np.pi, 12)).sum(axis=1) / 2
    shade = (
        0.3 + 0.6 / (1 + np.exp(-3 * tissue)) if contrast == 0 else 0.6 + 0.3 * np.cos(2 * tissue)
    )
    depth_mm = (1 - np.linalg.norm(points / HEAD_MM, axis=1)) * HEAD_MM.min()
    return 1000 * shade / (1 + np.exp(-np.clip(depth_mm, -30, 30)))


def acquired(
    grid: Grid, contrast: int, transform: RigidTransform | None = None, person: int = 0
) -> Volume:
    """Return a noisy image of the scene; thick slices average over their Gaussian profile."""
    points = (transform or RigidTransform.identity()).apply
    slice_axis = grid.affine[:3, 2] / grid.spacing[2]
    offsets = np.linspace(-1, 1, 5) * grid.spacing[2] if grid.spacing[2] > 3 else np.zeros(1)
    weights = np.exp(-4 * np.log(2) * (offsets / grid.spacing[2]) ** 2)
    image = sum(
        weight * scene(points(points_of(grid) + offset * slice_axis), contrast, person)
        for weight, offset in zip(weights / weights.sum(), offsets, strict=True)
    )
    noise = np.random.default_rng(contrast).normal(0, 15, grid.shape)
    return Volume(np.abs(np.reshape(image, grid.shape) + noise), grid)


@cache
def guide() -> Volume:
    """The T1-like head in its own world."""
    return acquired(grid_of(2.0), 0)


@cache
def target(kind: str) -> Volume:
    """The T2-like head of the same person, moved: its point x is the guide's TRUTH x."""
    spacing = {"same": (2.0, 2.0, 2.0), "thick": (1.5, 1.5, 4.0)}[kind]
    return acquired(grid_of(spacing), 1, TRUTH)


def distance(found: RigidTransform, expected: RigidTransform) -> float:
    """Return the mean distance over the head in mm."""
    points = head_points()
    return float(np.linalg.norm(found.apply(points) - expected.apply(points), axis=1).mean())
