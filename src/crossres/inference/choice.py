"""With the guide or without, or both: what a rehearsal on the scan itself says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from crossres.inference.blend import Blend
from crossres.inference.cascade import Cascade
from crossres.inference.self_validation import Blur, lacking, rehearse
from crossres.registration import Paired
from crossres.types import CrossresError
from crossres.weights import load_weights, read_card


@dataclass(frozen=True)
class Choice:
    """Weights, and how they and their rivals did in rehearsal.

    Args:
        weights: Name of the ones to take.
        gains: PSNR over cubic interpolation in rehearsal, dB, by name of weights.
        warning: What the user should know, or None.
        beside: Name of unguided weights that have their say beside these, or None.
        lacks: By how much the guide is less sharp than the fine grid, in voxels.
    """

    weights: str
    gains: dict[str, float]
    warning: str | None = None
    beside: str | None = None
    lacks: Blur = (0.0, 0.0)

    @property
    def names(self) -> str:
        """All the weights that have a say."""
        names = [self.weights] if self.beside is None else [self.weights, self.beside]
        return " and ".join(read_card(name).name for name in names)

    def load(self, load: Callable[[str], Cascade]) -> Cascade | Blend:
        """Return what to enhance with.

        Args:
            load: Gives the cascade of weights by their name.
        """
        if self.beside is None:
            return load(self.weights)
        return Blend(load(self.weights), load(self.beside), self.lacks)

    @property
    def warnings(self) -> list[str]:
        """The warning, if there is one."""
        return [] if self.warning is None else [self.warning]


def choose(
    guided: str,
    unguided: str,
    paired: Paired,
    *,
    device: torch.device | str,
    load: Callable[[str], Cascade] = load_weights,
) -> Choice:
    """Leave the guide out where the scan is restored better without it; else let both speak.

    Both weights rehearse on the scan, made coarser by one stage
    (:func:`crossres.inference.self_validation.rehearse`); a guide that lies elsewhere or belongs to somebody else
    does harm there too. Where the guide serves on the whole, each has its say where it is better
    (:class:`crossres.inference.blend.Blend`), if both sharpen within the plane.

    Args:
        guided: Name of weights that use the guide.
        unguided: Name of weights that do not.
        paired: Target, fine grid and guide.
        device: Where to compute.
        load: Gives the cascade of weights by their name.
    """
    rehearsed = partial(rehearse, pair=paired.pair, detail=paired.detail, device=device)
    gains = {}
    for name in (guided, unguided):
        try:
            gains[name] = rehearsed(load(name)).gain
        except CrossresError:  # a scan too small to be made coarser tells nothing
            return Choice(guided, {})
    if gains[guided] >= gains[unguided]:
        in_plane = read_card(guided).axes == 2
        lacks = lacking(paired.pair, paired.detail)
        return Choice(guided, gains, beside=unguided if in_plane else None, lacks=lacks)
    return Choice(
        unguided,
        gains,
        f"the guide does not fit: in a rehearsal on the scan itself, made coarser, it gained "
        f"{gains[guided]:+.2f} dB, and {gains[unguided]:+.2f} dB were gained without it; it was "
        "left out (--keep-guide insists on it)",
    )
