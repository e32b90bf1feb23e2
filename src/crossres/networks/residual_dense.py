"""The residual dense block, and the convolution with normalisation that it is made of."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.types import Stacked

Norm: TypeAlias = Literal["batch", "none"]


def convolution(
    inputs: int, outputs: int, norm: Norm, *, kernel: int = 3, stride: int = 1
) -> nn.Sequential:
    """Return a convolution, batch normalisation if requested, and a ReLU.

    Args:
        inputs: Channels of the input.
        outputs: Filters.
        norm: "batch" or "none".
        kernel: Side of the filters, pixels; odd ones keep the size of the image at stride 1.
        stride: Distance of the outputs, pixels.

    Returns:
        The layers.
    """
    convolved = nn.Conv2d(
        inputs, outputs, kernel, stride, padding=(kernel - 1) // 2, bias=norm == "none"
    )
    layers: list[nn.Module] = [convolved]
    if norm == "batch":
        layers.append(nn.BatchNorm2d(outputs))
    return nn.Sequential(*layers, nn.ReLU(inplace=True))


class GuidedDenseBlock(nn.Module):
    """Residual dense block whose input are the features of the target and of the guide.

    Args:
        width: Channels of the target's features.
        guide_width: Channels of the guide's features; 0 without a guide.
        layers: Convolutions.
        norm: "batch" or "none".
    """

    def __init__(self, width: int, guide_width: int, layers: int, norm: Norm) -> None:
        super().__init__()
        widths = [width + guide_width + n * width for n in range(layers + 1)]
        self.layers = nn.ModuleList(convolution(n, width, norm) for n in widths[:-1])
        self.fusion = nn.Conv2d(widths[-1], width, 1)

    def forward(self, features: Stacked, guide: Float[Tensor, "n _ i j"] | None) -> Stacked:
        """Return the features of the next block.

        Args:
            features: Of the target, ``(n, width, i, j)``.
            guide: Of the guide, ``(n, guide_width, i, j)``, or None.

        Returns:
            ``(n, width, i, j)``.
        """
        dense = features if guide is None else torch.cat([features, guide], dim=1)
        for layer in self.layers:
            dense = torch.cat([dense, layer(dense)], dim=1)
        fused: Tensor = self.fusion(dense)
        return features + fused
