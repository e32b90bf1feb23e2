"""The figure of the viewer shows a phantom with thick slices, in few colours."""

import io

import numpy as np
import pytest
from PIL import Image
from studies import viewer_figure


def test_the_slices_of_the_scan_are_thick() -> None:
    """Guide and scan share their field of view; the scan's slices are four times as thick."""
    guide, scan = viewer_figure.thick_pair(0, shape=(24, 28, 24), spacing=8.0)
    assert scan.spacing == pytest.approx((8, 8, 32))
    assert scan.grid.shares_edges(guide.grid, tolerance=0.01)


def test_few_colours_keep_greys_and_overlay() -> None:
    """A ramp of greys with blue and orange changes by a few levels only."""
    pixels = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 16, 3))
    pixels[:, 0], pixels[:, 1] = (31, 120, 209), (217, 96, 26)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    small = viewer_figure.compact(stream.getvalue())
    found = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"))
    assert np.abs(found.astype(int) - pixels).max() <= 8
