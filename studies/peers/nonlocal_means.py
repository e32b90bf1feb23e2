"""Non-local means as an up-sampler: similar places average, and the scan is restored in turn.

No installable library does this on Linux: ``-nlm-upsample`` of Convert3D (PyPI ``picsl-c3d``
1.4.6) ends its worker threads by itself and never returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import EllipsisType
from typing import ClassVar

import torch
from torch.nn.functional import avg_pool2d

from crossres.physics import Acquisition, BackProjection, project
from crossres.types import Coarse, Fine, SettingsError
from crossres.volume import Grid

REACH = 3
"""Of the search along each axis of the slice, voxels: 7 x 7 places (Manjon 2010)."""
LEVELS = (32 / 256, 16 / 256, 8 / 256, 4 / 256, 2 / 256)
"""Distances of intensities that count as alike, from coarse to fine (Manjon 2010)."""
ROUNDS = 2
"""At each level."""
PATCH = 3
"""Side of the patches that are compared, voxels."""
GUIDE_LEVEL = 16 / 256
"""The same distance in the guide: the best of 4, 8, 16 and 32 on scans that are not scored."""

Box = tuple[EllipsisType, slice, slice]


@dataclass(frozen=True, eq=False)
class NonLocalMeans:
    """Guided non-local means in the place of a cascade.

    Patches are alike where they are alike in the estimate and in the guide. Every round ends with
    the exact projection, in place of the mean over blocks of voxels in the publications, which is
    exact for scans with box profiles.

    Args:
        guide_level: Distance of intensities of the guide that count as alike; about 0-1.

    References:
        Manjon 2010, doi 10.1016/j.media.2010.05.010; with a guide Manjon 2010,
        doi 10.1155/2010/425891; Rousseau 2010, doi 10.1016/j.media.2010.04.005.
    """

    guide_level: float = GUIDE_LEVEL
    guided: ClassVar[bool] = True
    back_projection: ClassVar[BackProjection] = BackProjection()

    def ready(self, device: torch.device | str = "cpu") -> NonLocalMeans:
        """Return itself; there is nothing to prepare."""
        return self

    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the target on the grid of the guide.

        Raises:
            SettingsError: There is no guide.
        """
        if guide is None:
            raise SettingsError("guided non-local means need a guide")
        acquisition = Acquisition(fine, coarse)
        estimate = project(acquisition, acquisition.upsample(target), target)
        for level in (level for level in LEVELS for _ in range(ROUNDS)):
            averaged = average_alike(estimate, guide, level, self.guide_level)
            estimate = project(acquisition, averaged, target)
        return estimate.clamp_min(0)


def average_alike(image: Fine, guide: Fine, level: float, guide_level: float) -> Fine:
    """Return the mean of each voxel and those around it, weighted by the likeness of patches.

    Args:
        image: ``(n, 1, i, j)``, about 0-1.
        guide: The same slices, about 0-1.
        level: Distance of intensities of the image that count as alike.
        guide_level: The same of the guide.
    """
    total, weights = image.clone(), torch.ones_like(image)
    for shift in half_of_shifts():
        a, b = overlap(image.shape[-2:], shift)
        distance = ((image[a] - image[b]) / level).square()
        distance += ((guide[a] - guide[b]) / guide_level).square()
        weight = torch.exp(-avg_pool2d(distance, PATCH, 1, PATCH // 2, count_include_pad=False))
        for here, there in ((a, b), (b, a)):
            total[here] += weight * image[there]
            weights[here] += weight
    return total / weights


def half_of_shifts() -> Iterator[tuple[int, int]]:
    """Yield one of each pair of opposite shifts within the search."""
    reach = range(-REACH, REACH + 1)
    return ((i, j) for i in reach for j in reach if (i, j) > (0, 0))


def overlap(size: torch.Size, shift: tuple[int, int]) -> tuple[Box, Box]:
    """Return the box of the pixels that have a partner at a shift, and that of the partners."""
    (i, j), (m, n) = shift, size
    here = ..., slice(max(0, -i), m - max(0, i)), slice(max(0, -j), n - max(0, j))
    there = ..., slice(max(0, i), m + min(0, i)), slice(max(0, j), n + min(0, j))
    return here, there
