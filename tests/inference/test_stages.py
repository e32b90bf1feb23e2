"""A cascade takes few stages, whose grids lead evenly to the fine one."""

import numpy as np
import pytest

from crossres.inference.stages import MOST_STAGES, stage_count, stage_grids, stages_for
from crossres.types import SettingsError
from crossres.volume import Grid

COARSE = Grid((16, 16, 4), np.diag([4.0, 4.0, 3.0, 1.0]))


@pytest.mark.parametrize(
    ("factor", "stage_factor", "stages"),
    [
        (2, 2.0, 1),
        (4, 2.0, 2),
        (8, 2.0, 3),
        (2, 4.0, 1),
        (2, 1.26, 3),
        (1.1, 2.0, 1),
        (2, 1.05, 15),
    ],
)
def test_stages_make_up_the_factor(factor, stage_factor, stages):
    fine = COARSE.refined((factor, factor, 1))
    assert stage_count(COARSE, fine, stage_factor) == stages
    grids = stage_grids(COARSE, fine, stages)
    assert len(grids) == stages
    assert grids[-1] is fine
    sizes = [COARSE.shape[0], *(grid.shape[0] for grid in grids)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("stage_factor", [1.0000001, 1.01, 1.04])
def test_too_many_stages_are_refused(stage_factor):
    assert stages_for(2, stage_factor) > MOST_STAGES
    with pytest.raises(SettingsError, match="more than 16; choose a smaller factor, or weights"):
        stage_count(COARSE, COARSE.refined((2, 2, 1)), stage_factor)
