"""Guides shifted at random: a registered guide never fits exactly."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from crossres.types import Slices, Stacked
from crossres.volume import OBJECT_LEVEL

_RIM = 2
"""Pixels within the edge of the foreground where the guide stays."""


def shift_guides(patches: Stacked, largest: float, generator: torch.Generator) -> Stacked:
    """Shift the guide of each patch inside the foreground, by a distance of its own.

    Degraded scans and pseudo-targets fit their guides better than a scan at full resolution does:
    their pixels are large beside the error of a registration, or they are made of the guide. The
    guide stays at the edge of the foreground, where a mask that both contrasts share fits exactly.

    Args:
        patches: ``(b, c, p, p)``; channel 0 the target, 1 the guide, about 0-1.
        largest: Largest shift along each axis, pixels, at least 0.
        generator: Decides the shifts, uniform in -largest..largest.

    Returns:
        ``(b, c, p, p)``; the target is unchanged, the guide interpolated (cubic).

    Example:
        >>> patches = torch.rand(1, 2, 16, 16) + 0.1
        >>> shifted = shift_guides(patches, 0.5, torch.Generator().manual_seed(0))
        >>> torch.equal(shifted[:, 0], patches[:, 0]), torch.equal(shifted[:, 1], patches[:, 1])
        (True, False)
    """
    target, guide = patches[:, :1], patches[:, 1:]
    uniform = torch.rand(len(patches), 2, 1, 1, generator=generator).to(patches)
    offset = (2 * uniform - 1) * largest * _inside(target)
    position = torch.arange(patches.shape[-1]).to(patches)
    i, j = position[:, None] + offset[:, 0], position + offset[:, 1]
    grid = torch.stack([j, i], dim=-1) * 2 / (patches.shape[-1] - 1) - 1
    moved = functional.grid_sample(
        guide, grid, mode="bicubic", padding_mode="border", align_corners=True
    )
    return torch.cat([target, moved], dim=1)


def _inside(target: Slices) -> Float[Tensor, "b 1 p p"]:
    """Return 1 inside the foreground, and 0 at its edge and outside."""
    outside = (target <= OBJECT_LEVEL).to(target)
    near = functional.max_pool2d(outside, 2 * _RIM + 1, stride=1, padding=_RIM)
    return functional.avg_pool2d(1 - near, 3, stride=1, padding=1, count_include_pad=False)
