"""Patches drawn and augmented in batches, on the device that holds the slices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from crossres.checks import check_number, check_type
from crossres.training.bending import bend
from crossres.types import SettingsError, Stacked, VolumeError
from crossres.volume import OBJECT_LEVEL

Patches: TypeAlias = Float[Tensor, "b c p p"]
"""Square patches with one channel (target) or two (target, guide), about 0-1."""


@dataclass(frozen=True)
class Augmentation:
    """Random variation of the patches.

    Args:
        flip: Whether half of the patches are mirrored along the first in-plane axis.
        angles: Rotations to choose from, degrees, at least one.
        gain: Target and guide are each multiplied by exp(u), u uniform in -gain..gain; at least 0.
        gamma: The guide is raised to the power exp(u), u uniform in -gamma..gamma; at least 0.
        guide_blur: The guide of half of the patches is blurred by a Gaussian, its FWHM along each
            axis uniform up to this many pixels, at least 0: a guide may be coarser than the grid.
        structures: Share of the guides, and independently of the targets, into which ellipses are
            drawn (synthetic unshared structures), 0 to 1: a lesion may be in one contrast only.
        bend: Share of the targets, and independently of the guides, whose intensities pass through
            a random curve, 0 to 1: other contrasts of the same anatomy.
        fold: Share of those curves that are not monotone, 0 to 1.

    Raises:
        SettingsError: A value outside its range.

    Example:
        >>> Augmentation(angles=(0.0, 180.0), structures=0.5).flip
        True
    """

    flip: bool = True
    angles: tuple[float, ...] = (0.0, 90.0, 180.0, 270.0)
    gain: float = 0.0
    gamma: float = 0.0
    guide_blur: float = 0.0
    structures: float = 0.0
    bend: float = 0.0
    fold: float = 0.0

    def __post_init__(self) -> None:
        check_type("flip", self.flip, bool)
        check_type("angles", self.angles, tuple)
        if not self.angles:
            raise SettingsError("`angles` must hold at least one angle, got none")
        for angle in self.angles:
            check_number("angles", angle, -math.inf)
        for name in ("gain", "gamma", "guide_blur"):
            check_number(name, getattr(self, name))
        for name in ("structures", "bend", "fold"):
            check_number(name, getattr(self, name), 0, 1)


ELLIPSES = 3
"""Synthetic structures per channel that has any."""
STRONGEST = 0.6
"""Largest contrast of a synthetic structure, in units of the intensity scale."""
RIGHT_ANGLES = Augmentation()
PAPER = Augmentation(angles=tuple(float(angle) for angle in range(0, 360, 15)))
"""Flip and every multiple of 15 degrees, which contains the paper's 15, 30 and 90."""


@dataclass(frozen=True, eq=False)
class SliceBank:
    """Slices of many subjects and scales in one tensor, with the centres of patches.

    Args:
        slices: ``(n, c, i, j)``; channel 0 the target, 1 the guide if there is one; about 0-1.
        centres: ``(m, 3)`` foreground positions (slice, i, j); a patch is drawn around one of them.
    """

    slices: Stacked
    centres: Int[Tensor, "m 3"]

    def to(self, device: torch.device | str) -> SliceBank:
        """Return the bank on another device.

        Args:
            device: As torch names it.

        Returns:
            The copy.
        """
        return SliceBank(self.slices.to(device), self.centres.to(device))

    def draw(
        self, count: int, size: int, augmentation: Augmentation, generator: torch.Generator
    ) -> Patches:
        """Draw augmented patches.

        With right angles alone pixels are copied exactly; other angles interpolate linearly.
        Outside a slice is 0.

        Args:
            count: b, number of patches.
            size: p, side of the patches, pixels.
            augmentation: Random variation.
            generator: Decides centres and variation; the same state gives the same patches.

        Returns:
            ``(b, c, p, p)``.
        """
        device = self.slices.device
        uniform = torch.rand(count, 6, generator=generator).to(device)
        centre = self.centres[(uniform[:, 0] * len(self.centres)).long()]
        grid = _patch_grid(uniform, centre[:, 1:], size, self.slices.shape[2:], augmentation)
        mode = "nearest" if all(angle % 90 == 0 for angle in augmentation.angles) else "bilinear"
        patches = functional.grid_sample(
            self.slices[centre[:, 0]], grid, mode=mode, align_corners=True
        )
        if augmentation.bend:
            patches = bend(patches, augmentation.bend, augmentation.fold, generator)
        patches = _vary(patches, uniform[:, 3:], augmentation)
        if augmentation.guide_blur and patches.shape[1] > 1:
            widths = torch.rand(count, 3, generator=generator).to(device)
            patches = _blur_guides(patches, widths, augmentation.guide_blur)
        if augmentation.structures and patches.shape[1] > 1:
            patches = draw_structures(patches, augmentation.structures, generator)
        return patches


def _patch_grid(
    uniform: Float[Tensor, "b 6"],
    centre: Int[Tensor, "b 2"],
    size: int,
    shape: Sequence[int],
    augmentation: Augmentation,
) -> Float[Tensor, "b p p 2"]:
    """Return the sampling positions of each patch in its slice, in the units of ``grid_sample``."""
    angles = torch.tensor(augmentation.angles, device=uniform.device)
    angle = torch.deg2rad(angles[(uniform[:, 1] * len(angles)).long()])
    mirror = torch.where((uniform[:, 2] < 0.5) & augmentation.flip, -1.0, 1.0)
    offset = torch.arange(size, device=uniform.device) - (size - 1) / 2
    i, j = offset[:, None] * mirror[:, None, None], offset[None, None, :]
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    middle = centre.to(offset) + (0.5 if size % 2 == 0 else 0.0)
    rows = cos * i - sin * j + middle[:, 0, None, None]
    columns = sin * i + cos * j + middle[:, 1, None, None]
    span = [max(n - 1, 1) / 2 for n in shape]
    return torch.stack([columns / span[1] - 1, rows / span[0] - 1], dim=-1)


def _vary(patches: Patches, uniform: Float[Tensor, "b 3"], augmentation: Augmentation) -> Patches:
    """Vary the intensities of target and guide."""
    signed = 2 * uniform - 1
    if augmentation.gamma and patches.shape[1] > 1:
        power = torch.exp(augmentation.gamma * signed[:, 2])[:, None, None, None]
        guide = patches[:, 1:].clamp_min(0) ** power
        patches = torch.cat([patches[:, :1], guide], dim=1)
    if augmentation.gain:
        channels = patches.shape[1]
        patches = patches * torch.exp(augmentation.gain * signed[:, :channels])[:, :, None, None]
    return patches


def _blur_guides(patches: Patches, uniform: Float[Tensor, "b 3"], widest: float) -> Patches:
    """Blur half of the guides, along each axis by a random width; edges are repeated."""
    chosen = (uniform[:, :1] < 0.5).to(patches)
    fwhm = uniform[:, 1:] * chosen * widest
    position = torch.arange(patches.shape[-1], device=fwhm.device)
    distance = (position[:, None] - position[None, :]).to(fwhm)
    weights = torch.exp2(-4 * (distance / fwhm.clamp_min(1e-3)[..., None, None]) ** 2)
    i, j = (weights / weights.sum(-1, keepdim=True)).unbind(1)
    guide = i @ patches[:, 1] @ j.transpose(1, 2)
    return torch.stack([patches[:, 0], guide], dim=1)


def draw_structures(patches: Patches, share: float, generator: torch.Generator) -> Patches:
    """Draw three ellipses of random size, position and contrast into some channels of some patches.

    Each channel of each patch is chosen independently, so that most structures are in one contrast
    alone. Their edges are one pixel wide; no intensity falls below 0.

    Args:
        patches: ``(b, c, p, p)``, about 0-1.
        share: Share of the channels that are chosen, 0 to 1.
        generator: Decides the channels and the ellipses.

    Returns:
        ``(b, c, p, p)``.
    """
    count, channels, size = patches.shape[:3]
    uniform = torch.rand(count, channels, ELLIPSES, 6, generator=generator).to(patches)
    chosen = torch.rand(count, channels, generator=generator).to(patches) < share
    contrast = (2 * uniform[..., 5] - 1) * STRONGEST * chosen[..., None]
    drawn = (contrast[..., None, None] * _ellipses(uniform, size)).sum(2)
    return torch.where(chosen[..., None, None], (patches + drawn).clamp_min(0), patches)


def _ellipses(uniform: Float[Tensor, "b c n 6"], size: int) -> Float[Tensor, "b c n p p"]:
    """Return ellipses, 1 inside and 0 outside: centre, half axes and angle from numbers in 0-1."""
    position = torch.arange(size, device=uniform.device).to(uniform)
    i, j = (position - size * uniform[..., axis, None] for axis in (0, 1))
    angle, i, j = math.pi * uniform[..., 4, None, None], i[..., :, None], j[..., None, :]
    axes = (size / 4) ** uniform[..., 2:4, None, None]
    along = (angle.cos() * i + angle.sin() * j) / axes[..., 0, :, :]
    across = (angle.cos() * j - angle.sin() * i) / axes[..., 1, :, :]
    inside = (1 - torch.hypot(along, across)) * axes.amin(-3)
    return (inside + 0.5).clamp(0, 1)


def build_bank(
    stacks: Sequence[Float[Tensor, "_ c _ _"]],
    *,
    densities: Sequence[float] | None = None,
    threshold: float = OBJECT_LEVEL,
    stride: int = 2,
) -> SliceBank:
    """Pad stacks of slices to one size and find the foreground positions.

    Args:
        stacks: Per subject (and scale) ``(n, c, i, j)``, about 0-1, channel 0 the target.
        densities: Per stack the share of its positions that are kept, above 0 and up to 1; 1 by
            default.
        threshold: Intensity up to which a pixel is background, no centre of a patch.
        stride: Distance of the pixels that are considered as centres, at least 1.

    Returns:
        The bank.

    Raises:
        VolumeError: Nothing but background.
    """
    sizes = [max(s.shape[d] for s in stacks) for d in (2, 3)]
    slices = stacks[0].new_zeros(sum(map(len, stacks)), stacks[0].shape[1], *sizes)
    for padded, stack in zip(torch.split(slices, [len(s) for s in stacks]), stacks, strict=True):
        padded[..., : stack.shape[2], : stack.shape[3]] = stack
    centres = torch.nonzero(slices[:, 0, ::stride, ::stride] > threshold)
    if len(centres) == 0:
        raise VolumeError("every slice is background; give scans with an object in them")
    kept = _thinned(centres[:, 0], [len(s) for s in stacks], densities or [1.0] * len(stacks))
    centres = centres[kept]
    return SliceBank(slices, centres * torch.tensor([1, stride, stride]))


def _thinned(
    slices: Int[Tensor, " m"], counts: Sequence[int], densities: Sequence[float]
) -> Bool[Tensor, " m"]:
    """Return which positions are kept, evenly over each stack; ``slices`` is the slice of each."""
    density = torch.tensor(densities, dtype=torch.float64)
    share = density.repeat_interleave(torch.tensor(counts))[slices]
    total = share.cumsum(0)
    return torch.floor(total + 1e-9) > torch.floor(total - share + 1e-9)
