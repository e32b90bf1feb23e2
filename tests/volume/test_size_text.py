"""Sizes as text have their unit, and no more digits than required."""

import numpy as np

from crossres.volume.size_text import rounded, size_text


def test_sizes_are_rounded_to_significant_digits() -> None:
    assert size_text([0.46875, 0.46875, 12.0]) == "0.469 x 0.469 x 12 mm"
    assert size_text([0.46875, 0.46875, 12.0], digits=4) == "0.4688 x 0.4688 x 12 mm"


def test_the_digits_of_float32_are_left_out() -> None:
    sizes = (0.46875, 0.7, 12.0, 0.09375)
    assert rounded(np.float32(sizes).astype(float).tolist()) == sizes
