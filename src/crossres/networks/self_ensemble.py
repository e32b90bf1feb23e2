"""A network seen from several sides: the mean over mirrored and turned images."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

Image = Float[Tensor, "b 1 i j"]
Turn = tuple[int, bool]
"""Quarter turns, and whether the image is mirrored before."""

EIGHT: tuple[Turn, ...] = tuple((turns, mirror) for mirror in (False, True) for turns in range(4))
"""Every way to lay a square on itself."""
FOUR: tuple[Turn, ...] = tuple(how for how in EIGHT if how[0] % 2 == 0)
"""Those that keep each axis in its place."""


def turn(image: Image, how: Turn) -> Image:
    """Mirror the image along its first axis if asked to, then turn it."""
    quarters, mirror = how
    return torch.rot90(image.flip(2) if mirror else image, quarters, (2, 3))


def turn_back(image: Image, how: Turn) -> Image:
    """Undo :func:`turn`."""
    quarters, mirror = how
    upright = torch.rot90(image, -quarters, (2, 3))
    return upright.flip(2) if mirror else upright


class Turned(nn.Module):
    """The mean of a network's estimates for the image in several positions ("self-ensemble").

    A network that learned from images in all positions has no reason to prefer one; what its
    estimates do not share is error. Costs as many times the network as there are positions.

    Args:
        network: Any network of this package.
        turns: Positions; one gives the network as seen from there.

    References:
        Lim 2017, doi 10.1109/CVPRW.2017.151, section 3.3 (geometric self-ensemble).

    Example:
        >>> from crossres.networks import GuidedRDN
        >>> network = Turned(GuidedRDN(blocks=1, layers=1, width=4, guided=False))
        >>> tuple(network(torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    def __init__(self, network: nn.Module, turns: tuple[Turn, ...] = EIGHT) -> None:
        super().__init__()
        self.network, self.turns = network, turns
        self.guided = bool(getattr(network, "guided", False))

    def forward(self, upsampled: Image, guide: Image | None = None) -> Image:
        """Return the mean estimate, ``(b, 1, i, j)``; arguments as the network takes them."""
        return torch.stack([self._seen(upsampled, guide, how) for how in self.turns]).mean(0)

    def _seen(self, upsampled: Image, guide: Image | None, how: Turn) -> Image:
        guiding = None if guide is None else turn(guide, how)
        return turn_back(self.network(turn(upsampled, how), guiding), how)
