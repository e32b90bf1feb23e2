"""The critic of an adversarial training: a number per image, larger for real ones."""

from __future__ import annotations

from torch import Tensor, nn

from crossres.types import PerSlice, SettingsError, Slices


class Critic(nn.Module):
    """SRGAN's discriminator with layer normalisation, as a gradient penalty requires.

    Eight 3x3 convolutions, every second one with stride 2, the width doubling from ``width`` to
    8 ``width``; features are averaged over the image, so any size of at least 8 is accepted.

    Args:
        width: Filters of the first layer (64 in the source).

    Raises:
        SettingsError: A width below 1.

    References:
        Chen 2018, arXiv 1803.01417; Ledig 2017, arXiv 1609.04802; Gulrajani 2017, arXiv 1704.00028
        (no batch normalisation in a critic with gradient penalty).

    Example:
        >>> import torch
        >>> tuple(Critic(width=4)(torch.rand(2, 1, 16, 16)).shape)
        (2,)
    """

    def __init__(self, *, width: int = 64) -> None:
        super().__init__()
        if width < 1:
            raise SettingsError(f"width must be at least 1, got {width}")
        widths = [width * 2 ** (n // 2) for n in range(8)]
        layers: list[nn.Module] = []
        for n, (inputs, outputs) in enumerate(zip([1, *widths[:-1]], widths, strict=True)):
            layers.append(nn.Conv2d(inputs, outputs, 3, stride=1 + n % 2, padding=1))
            layers.extend([nn.GroupNorm(1, outputs)] if n else [])
            layers.append(nn.LeakyReLU(0.2))
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(8 * width, 16 * width), nn.LeakyReLU(0.2), nn.Linear(16 * width, 1)
        )

    def forward(self, image: Slices) -> PerSlice:
        """Return one number per image.

        Args:
            image: ``(n, 1, i, j)``, about 0-1.

        Returns:
            ``(n,)``, larger for real images.
        """
        score: Tensor = self.head(self.features(image).mean(dim=(2, 3)))
        return score[:, 0]
