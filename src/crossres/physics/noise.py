"""The noise of magnitude images."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from crossres.types import Array3


def add_rician_noise(
    image: Array3, sigma: float, rng: np.random.Generator, *, dtype: DTypeLike = np.float64
) -> Array3:
    """Return the magnitude of the image plus complex Gaussian noise.

    Args:
        image: Noise-free magnitude, ``(i, j, k)``.
        sigma: Standard deviation of the real and of the imaginary part, in units of the image; 0
            returns the image unchanged.
        rng: Source of randomness.
        dtype: Precision in which the noise is drawn, float32 or float64.

    Returns:
        ``(i, j, k)``, at least 0 with noise.

    References:
        Gudbjartsson and Patz 1995, doi 10.1002/mrm.1910340618.

    Example:
        >>> still = np.full((8, 8, 8), 100.0)
        >>> noisy = add_rician_noise(still, 2.0, np.random.default_rng(0))
        >>> bool(abs(noisy.std() - 2) < 0.3)
        True
    """
    if sigma == 0:
        return image
    real, imaginary = (sigma * rng.standard_normal(image.shape, dtype=dtype) for _ in range(2))  # type: ignore[arg-type]
    noisy: Array3 = np.hypot(image + real, imaginary)
    return noisy
