"""Intensity scale of a volume: what brings every scanner's numbers to about 0-1."""

import numpy as np
from jaxtyping import Float

from crossres.types import VolumeError

FOREGROUND = 0.1
"""Voxels above this fraction of the 99.9th percentile count as foreground."""


def intensity_scale(data: Float[np.ndarray, "..."]) -> float:
    """Return the 99th percentile of the foreground, a robust "1" for this volume.

    Args:
        data: Intensities of any range.

    Raises:
        VolumeError: Nothing is above 0.

    Example:
        >>> float(round(intensity_scale(np.linspace(0.0, 100.0, 1001)), 3))
        99.1
    """
    positive = data[data > 0]
    if positive.size == 0:
        raise VolumeError("the image has no intensity above 0; give magnitude images")
    top = np.percentile(positive, 99.9)
    return float(np.percentile(positive[positive > FOREGROUND * top], 99))
