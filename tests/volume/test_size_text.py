"""Sizes as text have their unit, and no more digits than required."""

from crossres.volume.size_text import size_text


def test_sizes_are_rounded_to_significant_digits() -> None:
    assert size_text([0.46875, 0.46875, 12.0]) == "0.469 x 0.469 x 12 mm"
    assert size_text([0.46875, 0.46875, 12.0], digits=4) == "0.4688 x 0.4688 x 12 mm"
