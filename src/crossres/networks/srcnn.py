"""SRCNN: three convolutions from the interpolated image to the estimate."""

from __future__ import annotations

from torch import Tensor, nn

from crossres.types import Fine, SettingsError


class SRCNN(nn.Module):
    """Super-resolution convolutional network.

    Args:
        middle: Kernel of the second layer: 1 for 9-1-5, 5 for the larger 9-5-5.
        widths: Filters of the first and the second layer.

    Raises:
        SettingsError: A middle kernel that is even or below 1, or a width below 1.

    References:
        Dong 2016, doi 10.1109/TPAMI.2015.2439281. Iwamoto 2023 does not report which of the two
        sizes it compares with; borders are padded here, so that the image keeps its size.

    Example:
        >>> sum(p.numel() for n, p in SRCNN(middle=1).named_parameters() if "weight" in n)
        8032
    """

    guided = False

    def __init__(self, *, middle: int = 5, widths: tuple[int, int] = (64, 32)) -> None:
        super().__init__()
        if middle < 1 or middle % 2 == 0 or min(widths) < 1:
            raise SettingsError("the middle kernel must be odd and the widths at least 1")
        first, second = widths
        self.body = nn.Sequential(
            nn.Conv2d(1, first, 9, padding=4), nn.ReLU(inplace=True),
            nn.Conv2d(first, second, middle, padding=middle // 2), nn.ReLU(inplace=True),
            nn.Conv2d(second, 1, 5, padding=2),
        )  # fmt: skip

    def forward(self, upsampled: Fine, guide: Fine | None = None) -> Fine:
        """Return the estimate on the fine grid.

        Args:
            upsampled: U y, ``(n, 1, I, J)``, about 0-1.
            guide: Not used.

        Returns:
            ``(n, 1, I, J)``.
        """
        estimate: Tensor = self.body(upsampled)
        return estimate
