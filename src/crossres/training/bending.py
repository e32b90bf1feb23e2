"""Random intensity curves: other contrasts of the same anatomy."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from crossres.types import Stacked

_SEGMENTS = 4
_LEAST = 0.1
"""Least rise of a segment of a monotone curve, beside a largest of 1.1, before scaling."""


def bend(patches: Stacked, share: float, folded: float, generator: torch.Generator) -> Stacked:
    """Pass the intensities of some channels of some patches through random curves.

    A curve has four straight segments between 0 and 1, is 0 at 0, and its largest value is 1. Above
    1 it goes on in proportion to the intensity, below 0 it changes nothing.

    Args:
        patches: ``(b, c, p, p)``, about 0-1.
        share: Share of the channels that are chosen, each independently, 0 to 1.
        folded: Share of the curves that are not monotone, 0 to 1; the others keep the order of the
            intensities.
        generator: Decides the channels and the curves.

    Returns:
        ``(b, c, p, p)``.

    References:
        Billot 2023, doi 10.1016/j.media.2023.102789 (training on random contrasts).

    Example:
        >>> ramp = torch.linspace(0, 1, 16).reshape(1, 1, 4, 4)
        >>> bent = bend(ramp, 1.0, 0.0, torch.Generator().manual_seed(0)).flatten()
        >>> bool((bent.diff() > 0).all()), float(bent[0]), round(float(bent[-1]), 6)
        (True, 0.0, 1.0)
    """
    count, channels = patches.shape[:2]
    uniform = torch.rand(count, channels, 2 + _SEGMENTS, generator=generator).to(patches)
    curves = _curves(uniform[..., 2:], uniform[..., 1] < folded)
    chosen = (uniform[..., 0] < share)[..., None, None]
    return torch.where(chosen, _bent(patches, curves), patches)


def _curves(
    uniform: Float[Tensor, "b c segments"], folded: Bool[Tensor, "b c"]
) -> Float[Tensor, "b c knots"]:
    """Return the values of the curves at the ends of their segments, the first of them 0."""
    rising = (uniform + _LEAST).cumsum(-1)
    values = torch.where(folded[..., None], uniform, rising)
    values = values / values.amax(-1, keepdim=True).clamp_min(1e-6)
    return torch.cat([torch.zeros_like(values[..., :1]), values], dim=-1)


def _bent(patches: Stacked, curves: Float[Tensor, "n c knots"]) -> Stacked:
    position = patches.clamp(0, 1) * _SEGMENTS
    segment = position.floor().clamp_max(_SEGMENTS - 1)
    index = segment.long().flatten(2)
    start, end = (curves.gather(-1, index + n).reshape(patches.shape) for n in (0, 1))
    bent = start + (position - segment) * (end - start)
    return bent * patches.clamp_min(1) + patches.clamp_max(0)
