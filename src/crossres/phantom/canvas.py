"""Paint tissues from front to back, with soft edges where a surface cuts a voxel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossres.phantom.fields import Axes, open_mesh
from crossres.phantom.shapes import Shape
from crossres.phantom.tissues import Fractions, Tissue
from crossres.types import Array3

_Window = tuple[slice, slice, slice]


def coverage(depth: np.ndarray, voxel: float) -> np.ndarray:
    """Return the part of a voxel that lies inside a surface.

    Args:
        depth: Distance of the voxel's centre from the surface, mm, positive inside; any shape.
        voxel: Size of a voxel, mm.

    Returns:
        Parts of the same shape, 0 to 1.
    """
    result: np.ndarray = np.clip(depth / voxel + 0.5, 0, 1)
    return result


class Canvas:
    """Tissue fractions under construction.

    A tissue that is painted first hides those painted later, as far as it covers a voxel.

    Args:
        axes: Coordinates of the voxels in mm.
        voxel: Size of a voxel, mm.
        bumps: Unevenness in mm added to every shape that is stamped, (i, j, k).
    """

    def __init__(self, axes: Axes, voxel: float, bumps: Array3) -> None:
        self.axes = axes
        self.voxel = voxel
        self._bumps = bumps
        shape = tuple(len(a) for a in axes)
        self.fractions = np.zeros((len(Tissue), *shape), dtype=np.float32)
        self._free = np.ones(shape, dtype=np.float32)

    def paint(
        self, tissue: Tissue, cover: np.ndarray | float, window: _Window | None = None
    ) -> None:
        """Assign a part of what is still free to a tissue.

        Args:
            tissue: The tissue.
            cover: Part of the free volume, 0 to 1, of the window's shape or one number.
            window: Voxels to paint; None for all.
        """
        window = window or (slice(None),) * 3
        share = self._free[window] * cover
        self.fractions[tissue][window] += share
        self._free[window] -= share

    def stamp(self, tissue: Tissue, shape: Shape) -> None:
        """Paint a solid shape, within its bounds.

        Args:
            tissue: The tissue.
            shape: Where it is, mm.
        """
        margin = self.voxel + 2
        i, j, k = (
            slice(*np.searchsorted(a, (low - margin, high + margin)).tolist())
            for a, low, high in zip(self.axes, *shape.bounds(), strict=True)
        )
        window = (i, j, k)
        x, y, z = (a[w] for a, w in zip(self.axes, window, strict=True))
        if min(len(x), len(y), len(z)) > 0:
            depth = shape.depth(open_mesh((x, y, z))) + self._bumps[window]
            self.paint(tissue, coverage(depth, self.voxel), window)

    def stamp_all(self, parts: Sequence[tuple[Tissue, Shape]]) -> None:
        """Paint shapes in order.

        Args:
            parts: Tissues and their shapes; an earlier one hides a later one.
        """
        for tissue, shape in parts:
            self.stamp(tissue, shape)

    def finish(self) -> Fractions:
        """Assign what is still free to the air.

        Returns:
            The fractions, ``(tissue, i, j, k)``, which sum to 1 over tissues.
        """
        self.paint(Tissue.AIR, 1.0)
        return self.fractions
