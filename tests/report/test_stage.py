"""Pictures of a stage coincide, whatever their grids, and a slab is not a sliver."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from crossres.report.slices import Slice
from crossres.report.stage import image_stage, overlay_stage
from crossres.types import SettingsError

EDGES = ("R", "L", "A", "P")


def pixels(png: bytes) -> np.ndarray:
    return imread(io.BytesIO(png), format="png")


def test_layers_lie_on_each_other(panels):
    drawn = {name: pixels(png) for name, png in image_stage(panels).layers.items()}
    assert list(drawn) == list(panels)
    assert len({image.shape for image in drawn.values()}) == 1
    head = {name: image[..., 0] > 0.3 for name, image in drawn.items()}
    assert (head["interpolated"] == head["reference"]).mean() > 0.98
    assert (head["input"] == head["reference"]).mean() > 0.98


def test_one_contrast_has_one_window(panels):
    half = {**panels, "interpolated": Slice(panels["reference"].data / 2, 40.0, 48.0, EDGES)}
    drawn = {name: pixels(png)[..., :3] for name, png in image_stage(half).layers.items()}
    assert drawn["interpolated"].max() == pytest.approx(drawn["reference"].max() / 2, abs=0.06)
    assert drawn["guide"].max() > 0.95


def test_a_contrast_is_needed(panels):
    with pytest.raises(SettingsError, match="add one"):
        image_stage({"guide": panels["guide"]})


def test_edges_are_transparent_and_move_with_the_guide(panels):
    guide = panels["reference"]
    moved = Slice(np.roll(guide.data, 5, axis=1), 40.0, 48.0, EDGES)
    stage = overlay_stage(panels["input"], {"before": moved, "after": guide})
    assert stage.under is not None
    before, after = (pixels(png) for png in stage.layers.values())
    assert before.shape == after.shape == pixels(stage.under).shape
    columns = [np.flatnonzero((image[..., 3] > 0.5).any(axis=0)) for image in (before, after)]
    assert columns[0].mean() > columns[1].mean() + 10
    assert (after[..., 3] == 0).mean() > 0.5


@pytest.mark.parametrize("shape", [(12, 120), (120, 12)])
def test_a_slab_is_shown_to_scale_and_large(shape):
    data = 100 + np.random.default_rng(0).random(shape)
    stage = image_stage({"result": Slice(data, 2.0 * shape[1], 2.0 * shape[0], EDGES)})
    rows, columns = pixels(stage.layers["result"]).shape[:2]
    assert rows / columns == pytest.approx(shape[0] / shape[1], rel=0.05)
    assert min(rows, columns) > 100
    assert stage.wide == (shape[1] > shape[0])


def test_the_scale_bar_has_its_length(panels):
    stage = image_stage(panels)
    assert stage.bar is not None
    length, share = stage.bar
    assert 0 < share <= 1 / 3
    assert length in (1, 2, 5, 10, 20)
