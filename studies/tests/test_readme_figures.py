"""The figures of the README have their greys, windows and marks."""

import io

import numpy as np
import pytest
from PIL import Image
from studies import readme_figures

from crossres.volume import Grid, Volume


def test_nearest_repeats_voxels() -> None:
    """Each fine voxel has the value of the coarse voxel that contains its centre."""
    coarse = Grid((2, 3, 2), np.diag([1.0, 1.0, 3.0, 1.0]))
    volume = Volume(np.arange(12, dtype=np.float32).reshape(2, 3, 2), coarse)
    fine = coarse.refined((1, 1, 3))
    shown = readme_figures.nearest(volume, fine)
    assert shown.grid.shape == (2, 3, 6)
    np.testing.assert_array_equal(shown.data, volume.data.repeat(3, axis=2))


def test_the_guide_has_its_own_window() -> None:
    """A guide of other intensities does not darken the other panels."""
    grid = Grid((10, 10, 10), np.eye(4))
    data = np.zeros(grid.shape, dtype=np.float32)
    data[2:8, 2:8, 2:8] = 100
    target, guide = Volume(data, grid), Volume(5 * data, grid)
    volumes = {"crossres": target, readme_figures.GUIDE: guide, "reference": target}
    shown = readme_figures.windows(volumes, "reference")
    assert [high for _, high in shown.values()] == pytest.approx([100, 500, 100])


def test_a_compact_picture_keeps_its_greys_and_its_marks() -> None:
    """The palette contains all greys to within 4 of 255, and the yellow of the marks."""
    pixels = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 8, 3))
    pixels[:, 0] = (255, 211, 77)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    small = readme_figures.compact(stream.getvalue())
    found = np.asarray(Image.open(io.BytesIO(small)).convert("RGB"))
    assert np.abs(found.astype(int) - pixels).max() <= 4
