"""The guided residual dense network (GRDN) of Iwamoto 2023, and its unguided form, an RDN."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from crossres.networks.residual_dense import GuidedDenseBlock, Norm, convolution
from crossres.types import Fine, SettingsError

Fusion: TypeAlias = Literal["shared", "per-block"]


class GuidedRDN(nn.Module):
    """Residual dense network with a guide branch concatenated into every block.

    Args:
        blocks: Number of residual dense blocks.
        layers: Convolutions per block.
        width: Filters of each convolution (32 in the paper).
        guided: With or without the guide branch.
        norm: "batch" as in the paper, or "none".
        fusion: Guide features extracted once for all blocks ("shared"), or refined by one more
            convolution before each block ("per-block").

    Raises:
        SettingsError: A size below 1, an unknown norm or fusion.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, Fig. 2; Zhang 2018, arXiv 1802.08797 (RDN).
        They do not report the number of blocks and layers or the fusion; the defaults were chosen
        by measurement.

    Example:
        >>> network = GuidedRDN(blocks=1, layers=1, width=4)
        >>> tuple(network(torch.rand(2, 1, 9, 7), torch.rand(2, 1, 9, 7)).shape)
        (2, 1, 9, 7)
    """

    def __init__(
        self,
        *,
        blocks: int = 4,
        layers: int = 3,
        width: int = 32,
        guided: bool = True,
        norm: Norm = "batch",
        fusion: Fusion = "shared",
    ) -> None:
        super().__init__()
        _check(min(blocks, layers, width), norm, fusion)
        self.settings: dict[str, int | bool | str] = {
            "blocks": blocks, "layers": layers, "width": width, "guided": guided, "norm": norm,
            "fusion": fusion,
        }  # fmt: skip
        self.guided = guided
        guide_width = width if guided else 0
        self.shallow = nn.Sequential(convolution(1, width, norm), convolution(width, width, norm))
        refinements = (blocks if fusion == "per-block" else 1) if guided else 0
        self.guide_entry = convolution(1, width, norm) if guided else None
        self.guide_layers = nn.ModuleList(
            convolution(width, width, norm) for _ in range(refinements)
        )
        self.blocks = nn.ModuleList(
            GuidedDenseBlock(width, guide_width, layers, norm) for _ in range(blocks)
        )
        self.fusion = nn.Sequential(
            nn.Conv2d(blocks * width, width, 1), convolution(width, width, norm)
        )
        self.out = nn.Conv2d(width, 1, 3, padding=1)
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
        if self.guided and guide is None:
            raise SettingsError("this network is guided: give it the guide on the fine grid")
        features = self.shallow(upsampled)
        residual: Tensor = self.out(self.fusion(self._dense(features, guide)) + features)
        return upsampled + residual

    def _dense(self, features: Tensor, guide: Tensor | None) -> Tensor:
        """Run the chain of blocks and return all their outputs side by side."""
        guiding = None
        if self.guide_entry is not None and guide is not None:
            guiding = self.guide_entry(guide)
        outputs = []
        for index, block in enumerate(self.blocks):
            if guiding is not None and index < len(self.guide_layers):
                guiding = self.guide_layers[index](guiding)
            features = block(features, guiding)
            outputs.append(features)
        return torch.cat(outputs, dim=1)


def _check(smallest: int, norm: str, fusion: str) -> None:
    if smallest < 1:
        raise SettingsError("blocks, layers and width must be at least 1")
    if norm not in ("batch", "none") or fusion not in ("shared", "per-block"):
        raise SettingsError("norm must be batch or none, fusion shared or per-block")
