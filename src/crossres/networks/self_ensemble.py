"""Test-time augmentation: the mean of a network's estimates over flips and rotations."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import nn

from crossres.types import Slices

Orientation: TypeAlias = tuple[int, bool]
"""Number of quarter turns, and whether the image is mirrored before."""

EIGHT_ORIENTATIONS: tuple[Orientation, ...] = tuple(
    (quarters, mirror) for mirror in (False, True) for quarters in range(4)
)
"""Every symmetry of the square."""
FOUR_ORIENTATIONS: tuple[Orientation, ...] = tuple(
    orientation for orientation in EIGHT_ORIENTATIONS if orientation[0] % 2 == 0
)
"""Those that keep each axis in its place."""


def orient(image: Slices, orientation: Orientation) -> Slices:
    """Mirror the image along its first axis where required, then rotate it.

    Args:
        image: ``(n, 1, i, j)``.
        orientation: Number of quarter turns, and whether the image is mirrored before.

    Returns:
        ``(n, 1, i, j)`` or, after an odd number of quarter turns, ``(n, 1, j, i)``.
    """
    quarters, mirror = orientation
    return torch.rot90(image.flip(2) if mirror else image, quarters, (2, 3))


def orient_back(image: Slices, orientation: Orientation) -> Slices:
    """Undo :func:`orient`.

    Args:
        image: As :func:`orient` returns it.
        orientation: The same orientation.

    Returns:
        ``(n, 1, i, j)``.
    """
    quarters, mirror = orientation
    upright = torch.rot90(image, -quarters, (2, 3))
    return upright.flip(2) if mirror else upright


class SelfEnsemble(nn.Module):
    """The mean of a network's estimates over orientations of the image.

    A network that was trained on images in all orientations has no reason to prefer one; the
    differences between its estimates are error. The cost is one run of the network per orientation.

    Args:
        network: Any network of this package.
        orientations: Orientations to average over, at least one.

    References:
        Lim 2017, doi 10.1109/CVPRW.2017.151, section 3.3 (geometric self-ensemble).

    Example:
        >>> from crossres.networks import GuidedRDN
        >>> network = SelfEnsemble(GuidedRDN(blocks=1, layers=1, width=4, guided=False))
        >>> tuple(network(torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    def __init__(
        self, network: nn.Module, orientations: tuple[Orientation, ...] = EIGHT_ORIENTATIONS
    ) -> None:
        super().__init__()
        self.network, self.orientations = network, orientations
        self.guided = bool(getattr(network, "guided", False))

    def forward(self, upsampled: Slices, guide: Slices | None = None) -> Slices:
        """Return the mean estimate.

        Args:
            upsampled: U y, ``(n, 1, i, j)``, about 0-1.
            guide: g on the same grid, or None.

        Returns:
            ``(n, 1, i, j)``.
        """
        estimates = []
        for each in self.orientations:
            oriented = None if guide is None else orient(guide, each)
            estimate = self.network(orient(upsampled, each), oriented)
            estimates.append(orient_back(estimate, each))
        return torch.stack(estimates).mean(0)
