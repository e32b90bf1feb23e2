"""ZSSR: a small network that is trained on the test image alone."""

from __future__ import annotations

from crossres.networks.recnn import ReCNN


class ZSSRNet(ReCNN):
    """Eight convolutions of 64 filters that estimate the residual.

    The plain network of ReCNN at another depth; ``guided`` adds the guide as an input channel.

    Args:
        layers: Convolutions, ReLU after each but the last.
        width: Filters.
        guided: With the guide as a second input channel; the source has none.

    References:
        Shocher 2018, arXiv 1712.06087, section 3.2.

    Example:
        >>> ZSSRNet().guided
        False
    """

    def __init__(self, *, layers: int = 8, width: int = 64, guided: bool = False) -> None:
        super().__init__(layers=layers, width=width, guided=guided)
