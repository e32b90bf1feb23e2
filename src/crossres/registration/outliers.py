"""Weights by which outliers count less in a least-squares fit."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

WIDTH = 2.0
"""Robust standard deviations at which a residual has half the weight."""
_TO_DEVIATION = 1.48


def outlier_weights(residual: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return the weights of Cauchy's function, 1 / (1 + (r / c)^2), with c two deviations.

    Args:
        residual: What a fit leaves, any unit and sign. Its deviation is 1.48 times the median of
            its absolute values.

    Returns:
        0 to 1.

    References:
        Holland and Welsch 1977, doi 10.1080/03610927708827533 (iteratively reweighted least
        squares).

    Example:
        >>> outlier_weights(np.array([1.0, -1.0, 1.0, 50.0])).round(2).tolist()
        [0.9, 0.9, 0.9, 0.0]
    """
    deviation = _TO_DEVIATION * np.median(np.abs(residual)) + 1e-12
    return np.asarray(1 / (1 + np.square(residual / (WIDTH * deviation))))
