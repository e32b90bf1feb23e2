"""DCSRN and mDCSRN: densely connected networks for brain MRI, here in two dimensions."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.types import Fine, SettingsError, Stacked


class DenseUnits(nn.Module):
    """A dense block: the input of each unit (BN, ELU, 3x3 convolution) is all that came before.

    Args:
        inputs: Channels of the input.
        growth: Channels that each unit adds.
        units: Number of units.
    """

    def __init__(self, inputs: int, growth: int, units: int) -> None:
        super().__init__()
        self.units = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(inputs + n * growth),
                nn.ELU(),
                nn.Conv2d(inputs + n * growth, growth, 3, padding=1),
            )
            for n in range(units)
        )

    def forward(self, features: Stacked) -> Float[Tensor, "n _ i j"]:
        """Return the input and the features of all units.

        Args:
            features: ``(n, inputs, i, j)``.

        Returns:
            ``(n, inputs + units * growth, i, j)``.
        """
        for unit in self.units:
            features = torch.cat([features, unit(features)], dim=1)
        return features


def _check(*sizes: int) -> None:
    if min(sizes) < 1:
        raise SettingsError("blocks, units and growth must be at least 1")


class DCSRN(nn.Module):
    """Densely connected super-resolution network: one dense block between two convolutions.

    Args:
        growth: k, features that each unit adds; the first convolution gives 2 k.
        units: Units of the block.

    Raises:
        SettingsError: A size below 1.

    References:
        Chen 2018, arXiv 1801.02728, with 3x3x3 kernels made 3x3 as Iwamoto 2023 did.

    Example:
        >>> tuple(DCSRN(growth=4)(torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    guided = False

    def __init__(self, *, growth: int = 24, units: int = 4) -> None:
        super().__init__()
        _check(growth, units)
        self.first = nn.Conv2d(1, 2 * growth, 3, padding=1)
        self.block = DenseUnits(2 * growth, growth, units)
        self.last = nn.Conv2d((2 + units) * growth, 1, 3, padding=1)

    def forward(self, upsampled: Fine, guide: Fine | None = None) -> Fine:
        """Return the estimate on the fine grid.

        Args:
            upsampled: U y, ``(n, 1, I, J)``, about 0-1.
            guide: Not used.

        Returns:
            ``(n, 1, I, J)``.
        """
        estimate: Tensor = self.last(self.block(self.first(upsampled)))
        return estimate


class MDCSRN(nn.Module):
    """Multi-level densely connected network: dense blocks fed by all that came before them.

    Args:
        blocks: Dense blocks ("b4").
        units: Units of each ("u4").
        growth: k, features that each unit adds.

    Raises:
        SettingsError: A size below 1.

    References:
        Chen 2018, arXiv 1803.01417, and Chen 2020, arXiv 2003.01217, in two dimensions: a 1x1
        convolution compresses to 2 k before each block but the first, another reconstructs the
        image from all blocks.

    Example:
        >>> tuple(MDCSRN(blocks=2, growth=4)(torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    guided = False

    def __init__(self, *, blocks: int = 4, units: int = 4, growth: int = 16) -> None:
        super().__init__()
        _check(blocks, units, growth)
        narrow, gained = 2 * growth, (2 + units) * growth
        self.first = nn.Conv2d(1, narrow, 3, padding=1)
        self.compressors = nn.ModuleList(
            nn.Conv2d(narrow + n * gained, narrow, 1) for n in range(1, blocks)
        )
        self.blocks = nn.ModuleList(DenseUnits(narrow, growth, units) for _ in range(blocks))
        self.last = nn.Conv2d(narrow + blocks * gained, 1, 1)

    def forward(self, upsampled: Fine, guide: Fine | None = None) -> Fine:
        """Return the estimate on the fine grid.

        Args:
            upsampled: U y, ``(n, 1, I, J)``, about 0-1.
            guide: Not used.

        Returns:
            ``(n, 1, I, J)``.
        """
        features = self.first(upsampled)
        for number, block in enumerate(self.blocks):
            narrow = self.compressors[number - 1](features) if number else features
            features = torch.cat([features, block(narrow)], dim=1)
        estimate: Tensor = self.last(features)
        return estimate
