"""Guided image filter as an up-sampler: a straight line of the guide in every neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.nn.functional import avg_pool2d

from crossres.physics import Acquisition, BackProjection, back_project
from crossres.types import Coarse, Fine, SettingsError
from crossres.volume import Grid

RADIUS, RIDGE = 1, 1e-4
"""Of the square neighbourhood, voxels of the scan; and the regularisation of the slope (epsilon),
for intensities of about 0-1. The best of 1, 2 and 4, and of 1e-4, 1e-3 and 1e-2, on sub-07 and the
head from label map 1, which are not scored."""


@dataclass(frozen=True, eq=False)
class GuidedFilter:
    """The fast guided filter in the place of a cascade.

    The line is fitted on the grid of the scan, to the guide as a scan of that grid shows it. Its
    coefficients are interpolated and applied to the guide.

    Args:
        back_projection: What follows; none in the publications.
        radius: Of the neighbourhood, voxels of the scan.
        ridge: Regularisation of the slope, above 0.

    References:
        He 2013, doi 10.1109/TPAMI.2012.213, eq. 5, 6 and 8; He 2015, arXiv 1505.00996.
    """

    back_projection: BackProjection = BackProjection("none")  # noqa: RUF009 (frozen)
    radius: int = RADIUS
    ridge: float = RIDGE
    guided: ClassVar[bool] = True

    def ready(self, device: torch.device | str = "cpu") -> GuidedFilter:
        """Return itself; there is nothing to prepare."""
        return self

    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the target on the grid of the guide.

        Raises:
            SettingsError: There is no guide.
        """
        if guide is None:
            raise SettingsError("a guided filter needs a guide")
        acquisition = Acquisition(fine, coarse)
        seen = acquisition.forward(guide)
        mean_g, mean_y = self._mean(seen), self._mean(target)
        variance = self._mean(seen * seen) - mean_g**2
        slope = (self._mean(seen * target) - mean_g * mean_y) / (variance + self.ridge)
        offset = self._mean(mean_y - slope * mean_g)
        estimate = acquisition.upsample(self._mean(slope)) * guide + acquisition.upsample(offset)
        return back_project(acquisition, estimate, target, self.back_projection).clamp_min(0)

    def _mean(self, image: Coarse) -> Coarse:
        size = 2 * self.radius + 1
        return avg_pool2d(image, size, 1, self.radius, count_include_pad=False)
