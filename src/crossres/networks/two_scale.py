"""The two-scale residual dense network: fine features at both ends, a trunk on half the grid."""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from crossres.checks import check_choice, check_whole
from crossres.networks.residual_dense import GuidedDenseBlock, Norm, convolution
from crossres.types import Fine, SettingsError, Stacked


class TwoScaleRDN(nn.Module):
    """Residual dense network whose blocks work on a grid of half the resolution.

    Target and guide enter together through two convolutions on the fine grid. A convolution of
    stride 2 leads to the trunk of residual dense blocks; pixel shuffle leads back. There the fine
    features are joined again, on request after a dense block of their own, so that edges of the
    guide do not pass through the coarser grid. The trunk sees twice as far as one on the fine grid,
    with a quarter of the operations. Images of odd size are padded by their last row or column, and
    cropped again.

    Args:
        fine: Filters on the fine grid, at least 1.
        width: Filters of the trunk, at least 1; multiples of 16 run fastest on a CPU.
        blocks: Residual dense blocks of the trunk, at least 1.
        layers: Convolutions per block, at least 1.
        fine_layers: Convolutions of the dense block on the fine grid; 0 for none.
        guided: With or without the guide as a second input channel.
        norm: "batch" or "none".

    Raises:
        SettingsError: A size below 1, ``fine_layers`` below 0, or an unknown norm.

    References:
        Zhang 2018, arXiv 1802.08797 (residual dense blocks); Shi 2016, arXiv 1609.05158 (pixel
        shuffle).

    Example:
        >>> network = TwoScaleRDN(fine=4, width=6, blocks=1, layers=1)
        >>> tuple(network(torch.rand(2, 1, 9, 7), torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    def __init__(
        self,
        *,
        fine: int = 24,
        width: int = 48,
        blocks: int = 4,
        layers: int = 3,
        fine_layers: int = 0,
        guided: bool = True,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        sizes = {"fine": fine, "width": width, "blocks": blocks, "layers": layers}
        for name, size in sizes.items():
            check_whole(name, size)
        check_whole("fine_layers", fine_layers, least=0)
        check_choice("norm", norm, get_args(Norm))
        self.settings: dict[str, int | bool | str] = {
            **sizes, "fine_layers": fine_layers, "guided": guided, "norm": norm,
        }  # fmt: skip
        self.guided = guided
        self.shallow = nn.Sequential(
            convolution(2 if guided else 1, fine, norm), convolution(fine, fine, norm)
        )
        self.down = convolution(fine, width, norm, kernel=2, stride=2)
        self.fine_block = GuidedDenseBlock(fine, 0, fine_layers, norm) if fine_layers else None
        self.blocks = nn.ModuleList(GuidedDenseBlock(width, 0, layers, norm) for _ in range(blocks))
        self.fusion = nn.Sequential(
            nn.Conv2d(blocks * width, width, 1), convolution(width, width, norm)
        )
        self.up = nn.Sequential(nn.Conv2d(width, 4 * fine, 1), nn.PixelShuffle(2))
        self.joined = convolution(2 * fine, fine, norm)
        self.out = nn.Conv2d(fine, 1, 3, padding=1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, upsampled: Fine, guide: Fine | None = None) -> Fine:
        """Return the estimate on the fine grid.

        Args:
            upsampled: U y, ``(n, 1, I, J)``, intensities scaled to about 0-1.
            guide: g on the same grid, ``(n, 1, I, J)``; not used if not ``guided``.

        Returns:
            ``(n, 1, I, J)``: the input plus what the network adds (nothing before training).

        Raises:
            SettingsError: A guided network without its guide.
        """
        images = upsampled
        if self.guided:
            if guide is None:
                raise SettingsError("this network is guided: give it the guide on the fine grid")
            images = torch.cat([upsampled, guide], dim=1)
        height, width = upsampled.shape[2:]
        even = functional.pad(images, (0, width % 2, 0, height % 2), mode="replicate")
        return upsampled + self._residual(even)[:, :, :height, :width]

    def _residual(self, images: Stacked) -> Tensor:
        """Return what is added to images of even size."""
        fine = self.shallow(images)
        features = start = self.down(fine)
        outputs = []
        for block in self.blocks:
            features = block(features, None)
            outputs.append(features)
        trunk = self.fusion(torch.cat(outputs, dim=1)) + start
        fine = fine if self.fine_block is None else self.fine_block(fine, None)
        residual: Tensor = self.out(self.joined(torch.cat([fine, self.up(trunk)], dim=1)))
        return residual
