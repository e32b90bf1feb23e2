"""ReCNN: plain convolutions that estimate the residual, the guide as a second input channel."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from crossres.types import FineBatch, SettingsError


class ReCNN(nn.Module):
    """Residual convolutional network with early fusion of the guide (10L-ReCNN).

    Args:
        layers: Convolutions, ReLU after each but the last.
        width: Filters.
        guided: With the guide as a second input channel, or without.
        dims: 2, or 3 as published (890,497 parameters with guide, 888,769 without).

    Raises:
        SettingsError: Fewer than 2 layers, a width below 1, or other dims.

    References:
        Pham 2019, doi 10.1016/j.compmedimag.2019.101647; two-dimensional in Iwamoto 2023. The
        source starts from a Gaussian of standard deviation 0.001; through ten layers that leaves
        no signal, so the layers start as He 2015 and the last one at zero: the estimate is the
        input at first.

    Example:
        >>> sum(p.numel() for p in ReCNN(dims=3).parameters())
        890497
    """

    def __init__(
        self, *, layers: int = 10, width: int = 64, guided: bool = True, dims: Literal[2, 3] = 2
    ) -> None:
        super().__init__()
        if layers < 2 or width < 1 or dims not in (2, 3):
            raise SettingsError("wanted at least 2 layers, a width of at least 1, dims 2 or 3")
        self.guided = guided
        conv = nn.Conv2d if dims == 2 else nn.Conv3d
        widths = [2 if guided else 1, *[width] * (layers - 1)]
        body: list[nn.Module] = []
        for inputs in widths[:-1]:
            body += [conv(inputs, width, 3, padding=1), nn.ReLU(inplace=True)]
            nn.init.kaiming_normal_(body[-2].weight, nonlinearity="relu")  # type: ignore[arg-type]
        self.body = nn.Sequential(*body)
        self.out = conv(width, 1, 3, padding=1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, upsampled: FineBatch, guide: FineBatch | None = None) -> FineBatch:
        """Return the estimate on the fine grid: the input plus what the network adds.

        Args:
            upsampled: U y, ``(n, 1, I, J)``, or ``(n, 1, I, J, K)`` with ``dims=3``; about 0-1.
            guide: g of the same shape; not used if not ``guided``.

        Returns:
            The estimate, of the same shape.

        Raises:
            SettingsError: A guided network without its guide.
        """
        if self.guided and guide is None:
            raise SettingsError("this network is guided: give it the guide on the fine grid")
        guiding = [guide] if self.guided and guide is not None else []
        inputs = torch.cat([upsampled, *guiding], dim=1)
        residual: Tensor = self.out(self.body(inputs))
        return upsampled + residual
