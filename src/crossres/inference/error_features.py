"""Local measures of an estimate from which its error is predicted, slice by slice.

All are logarithms: a scan with twice the contrast has features that are shifted, and errors that
are twice as large.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.inference.degraded_scan import blurred
from crossres.types import Slices
from crossres.volume import Grid

NEAR, FAR = 2.4, 7.0
"""FWHM of the two neighbourhoods, voxels of the estimate."""
FEATURES = (
    "detail, near", "detail, far", "gradient", "deviation, far", "fine structure",
    "deviation of the interpolation, near", "intensity, near", "intensity, far", "factor",
)  # fmt: skip
"""Of every estimate."""
GUIDE_FEATURES = (
    "gradient of the guide", "deviation of the guide, far", "fine structure of the guide",
    "intensity of the guide, near", "intensity of the guide, far",
)  # fmt: skip
"""Further ones where there is a guide."""
_LEAST = 2e-3
"""Share of the intensity scale below which a difference is rounding or noise."""
_DARK = 0.05
"""Share of the intensity scale that is added to intensities, for their logarithm."""

Features = Float[Tensor, "n c i j"]


def error_features(
    estimate: Slices,
    interpolated: Slices,
    guide: Slices | None,
    grid: Grid,
    *,
    factor: float,
    axes: int = 2,
) -> Features:
    """Return the features of each voxel.

    Args:
        estimate: x^, ``(n, 1, i, j)`` on ``grid``, about 0-1.
        interpolated: U y, cubic up-sampling of the scan; the same shape.
        guide: g, the same shape, about 0-1; or None.
        grid: Their grid; slices lie along k.
        factor: Voxels of the estimate per voxel of the scan.
        axes: Axes of the slices along which the scan is coarse: both, or with 1 the first.

    Returns:
        ``FEATURES``, and ``GUIDE_FEATURES`` with a guide.

    Example:
        >>> import numpy as np
        >>> x = torch.rand(2, 1, 16, 12)
        >>> tuple(error_features(x, x, None, Grid((16, 12, 2), np.eye(4)), factor=2).shape)
        (2, 9, 16, 12)
    """
    detail = estimate - interpolated
    near, far = _blurs(estimate, grid)
    own = [
        _log(_mean_square(detail, grid, NEAR).sqrt()),
        _log(_mean_square(detail, grid, FAR).sqrt()),
        _log(_gradient(near, axes)),
        _log(_deviation(estimate, far, grid, FAR)),
        _log((estimate - near).abs()),
        _log(_deviation(interpolated, blurred(interpolated, grid, (NEAR, NEAR)), grid, NEAR)),
        _log_intensity(near),
        _log_intensity(far),
        torch.full_like(estimate, math.log2(factor)),
    ]
    return torch.cat(own if guide is None else own + _of_guide(guide, grid, axes), dim=1)


def _of_guide(guide: Slices, grid: Grid, axes: int) -> list[Slices]:
    near, far = _blurs(guide, grid)
    return [
        _log(_gradient(near, axes)),
        _log(_deviation(guide, far, grid, FAR)),
        _log((guide - near).abs()),
        _log_intensity(near),
        _log_intensity(far),
    ]


def _blurs(image: Slices, grid: Grid) -> tuple[Slices, Slices]:
    """Return the means over both neighbourhoods."""
    near, far = (blurred(image, grid, (width, width)) for width in (NEAR, FAR))
    return near, far


def _mean_square(image: Slices, grid: Grid, width: float) -> Slices:
    return blurred(image.square(), grid, (width, width)).clamp_min(0)


def _deviation(image: Slices, mean: Slices, grid: Grid, width: float) -> Slices:
    """Return the local standard deviation."""
    return (_mean_square(image, grid, width) - mean.square()).clamp_min(0).sqrt()


def _gradient(image: Slices, axes: int) -> Slices:
    """Return the magnitude of the gradient along the coarse axes, per voxel."""
    parts = torch.gradient(image, dim=[2, 3][:axes])
    return torch.stack(parts).square().sum(dim=0).sqrt()


def _log(image: Slices) -> Slices:
    return torch.log(image + _LEAST)


def _log_intensity(image: Slices) -> Slices:
    return torch.log(image.clamp_min(0) + _DARK)
