"""How large the predicted errors of a result are inside the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.report.inferred import object_mask
from crossres.report.windows import grey_range
from crossres.volume import Volume, at_centres


@dataclass(frozen=True)
class ErrorSize:
    """The predicted error inside the head.

    Args:
        median: Median of the predicted standard deviation, in the scan's intensities, at least 0.
        median_share: The same as a share of the intensity shown as white.
        white: The intensity shown as white in pictures of the scan.
    """

    median: float
    median_share: float
    white: float


def measure_error_size(predicted: Volume, scan: Volume, *, noise: float = 0.0) -> ErrorSize | None:
    """Measure a map of the predicted error inside the head.

    Args:
        predicted: Predicted standard deviation of the error on the fine grid, at least 0.
        scan: The scan, which shows where the head is; air is 0.
        noise: Standard deviation of its noise, in its intensities.

    Returns:
        The size; None for a scan without a head.

    Example:
        >>> from crossres.phantom import make_pair
        >>> scan = make_pair(0, shape=(30, 34, 30), spacing=6.0)[1]
        >>> measure_error_size(scan.with_data(0 * scan.data + 3), scan).median
        3.0
    """
    inside = object_mask(scan, noise)
    if not inside.any():
        return None
    median = float(np.median(predicted.data[at_centres(inside, predicted.shape)]))
    white = grey_range(scan.data)[1]
    return ErrorSize(median, median / white, white)
