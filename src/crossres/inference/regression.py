"""Local regression of a scan on its guide: nothing is trained.

In every neighbourhood of the coarse scan y is fitted as a parabola of the guide's intensities, as a
scan on the same grid would show them: y = a + b g + c g^2. On the fine grid a, b and c are
interpolated and the guide is as sharp as it is. The guided filter (He 2013) is the same with a
straight line; the parabola follows contrasts in which the order of three tissues differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from crossres.physics import Acquisition, BackProjection, back_project
from crossres.types import Coarse, Fine, GridError, SettingsError
from crossres.volume import Grid

NEIGHBOURHOOD = 1.5
"""FWHM of the Gaussian that weights a neighbourhood, in coarse pixels."""
RIDGE = 1e-4
"""Penalty on b and c, for intensities of about 0-1: it decides where the guide is flat."""
BRIGHTEST = 1.5
"""Of a slice's maximum: a parabola can run away where the guide is brighter than it ever was."""


EXACT = BackProjection()
"""The exact projection."""


def regress_on_guide(
    target: Coarse, guide: Fine, coarse: Grid, fine: Grid, *, method: BackProjection = EXACT
) -> Fine:
    """Return the target on the grid of its guide, by local regression on the guide.

    Args:
        target: y, ``(n, 1, i, j)``, slices along k of ``coarse``, about 0-1.
        guide: g, ``(n, 1, I, J)``, the same slices on ``fine``, about 0-1.
        coarse: The target's grid, spacing in mm.
        fine: The guide's grid, over the same field of view.
        method: The back-projection, which restores what the parabola does not explain of the scan.

    Returns:
        x^, ``(n, 1, I, J)``, nowhere below 0.

    Raises:
        GridError: The grids do not share their voxel edges, or k gets finer.

    References:
        He 2013, doi 10.1109/TPAMI.2012.213, eq. 5 and 6 (guided image filter).
    """
    if coarse.shape[2] != fine.shape[2]:
        raise GridError("slices are regressed in their plane: the k axis must not change")
    acquisition = Acquisition(fine, coarse)
    a, b, c = (acquisition.upsample(x) for x in _fit(target, acquisition.forward(guide), coarse))
    brightest = BRIGHTEST * target.amax(dim=(1, 2, 3), keepdim=True)
    estimate = torch.minimum((a + guide * (b + guide * c)).clamp_min(0), brightest)
    return back_project(acquisition, estimate, target, method).clamp_min(0)


def _fit(target: Coarse, guide: Coarse, grid: Grid) -> tuple[Coarse, Coarse, Coarse]:
    """Return a, b and c everywhere, each the mean of the fits of the neighbourhoods around."""
    i, j = (NEIGHBOURHOOD * spacing for spacing in grid.spacing[:2])
    mean = Acquisition(grid, grid, fwhm=(i, j, 0.0)).forward
    powers = [torch.ones_like(guide), guide, guide**2]
    left = torch.stack([torch.cat([mean(p * q) for q in powers], 1) for p in powers], 1)
    right = torch.cat([mean(p * target) for p in powers], 1)
    left = left.movedim((1, 2), (-2, -1)) + torch.diag(left.new_tensor([0, RIDGE, RIDGE]))
    solved = torch.linalg.solve(left.double(), right.movedim(1, -1).double()).to(target)
    a, b, c = (mean(x[:, None]) for x in solved.unbind(-1))
    return a, b, c


@dataclass(frozen=True, eq=False)
class GuidedRegression:
    """Local regression in the place of a cascade, for any pair of contrasts.

    Args:
        back_projection: What the regression ends with; a noisy scan is better served by another
            than the exact one.
    """

    guided: ClassVar[bool] = True
    back_projection: BackProjection = EXACT

    def ready(self, device: torch.device | str = "cpu") -> GuidedRegression:
        """Return itself; there is nothing to prepare.

        Args:
            device: Ignored.

        Returns:
            The same object.
        """
        return self

    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the estimate of a batch of slices, by :func:`regress_on_guide`.

        Args:
            target: y, ``(n, 1, i, j)``, about 0-1.
            guide: g, ``(n, 1, I, J)``, about 0-1.
            coarse: Grid of the target.
            fine: Grid of the guide.

        Returns:
            x^, ``(n, 1, I, J)``, at least 0.

        Raises:
            SettingsError: There is no guide.
            GridError: The grids do not share their voxel edges, or k gets finer.
        """
        if guide is None:
            raise SettingsError("a regression on the guide needs a guide")
        return regress_on_guide(target, guide, coarse, fine, method=self.back_projection)
