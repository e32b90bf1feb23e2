"""Lesions of the white matter: bright in T2w, isointense in T1w."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.phantom.fields import Axes, open_mesh
from crossres.phantom.shapes import Ellipsoid
from crossres.phantom.tissues import Fractions, Tissue


@dataclass(frozen=True)
class Lesion:
    """An ellipsoid with a soft edge."""

    shape: Ellipsoid
    """Outline, mm."""
    edge: float
    """Width of the edge, mm."""


def draw_lesions(seed: int, count: int) -> list[Lesion]:
    """Draw lesions in the white matter around and above the lateral ventricles.

    Args:
        seed: 0 or more.
        count: Number of lesions, 0 or more.

    Returns:
        The lesions.
    """
    rng = np.random.default_rng([seed, 1_000])
    centres = rng.uniform((17, -50, 6), (33, 40, 36), (count, 3))
    centres[:, 0] *= rng.choice((-1, 1), count)
    return [lesion_at(centre, rng) for centre in centres]


def lesion_at(centre: np.ndarray, rng: np.random.Generator) -> Lesion:
    """Draw a lesion of 2 to 6 mm radius.

    Args:
        centre: Its centre, mm, ``(3,)``.
        rng: Source of randomness.

    Returns:
        The lesion.
    """
    x, y, z = centre.tolist()
    a, b, c = (rng.uniform(2.0, 5.0) * rng.uniform(0.8, 1.25, 3)).tolist()
    return Lesion(Ellipsoid((x, y, z), (a, b, c), float(rng.uniform(-45, 45))), 1.5)


def add_lesions(fractions: Fractions, axes: Axes, lesions: list[Lesion]) -> None:
    """Convert white matter within the lesions to lesion, in place.

    Args:
        fractions: ``(tissue, i, j, k)``; other tissues stay as they are.
        axes: Coordinates of the voxels in mm.
        lesions: The lesions to add.
    """
    for lesion in lesions:
        low, high = lesion.shape.bounds()
        ends = [
            np.searchsorted(a, (lo - lesion.edge, hi + lesion.edge))
            for a, lo, hi in zip(axes, low, high, strict=True)
        ]
        i, j, k = (slice(int(first), int(last)) for first, last in ends)
        depth = lesion.shape.depth(open_mesh((axes[0][i], axes[1][j], axes[2][k])))
        moved = fractions[Tissue.WHITE, i, j, k] * np.clip(depth / lesion.edge + 0.5, 0, 1)
        fractions[Tissue.WHITE, i, j, k] -= moved
        fractions[Tissue.LESION, i, j, k] += moved
