"""Every method returns its estimate on the grid of the guide; trainings that lack are named."""

from pathlib import Path

import numpy as np
import pytest
from studies.peers.cases import Inputs
from studies.peers.methods import METHODS
from studies.peers.needs import NEEDS
from studies.peers.tools import ANTS, ECLARE

from crossres.phantom import make_pair
from crossres.physics import degrade, volume_consistency
from crossres.types import FileFormatError
from crossres.volume import Pair

OF_THE_COHORT = ("paper",)


@pytest.fixture
def inputs() -> Inputs:
    guide, truth = make_pair(0, shape=(40, 46, 4), spacing=4.0)
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    return Inputs(Pair(scan, truth.grid, guide), (4.0, 4.0, 4.0), "labels", "2x")


@pytest.mark.filterwarnings("ignore:spacing:crossres.types.CrossresWarning")
@pytest.mark.parametrize("name", [name for name in METHODS if name not in OF_THE_COHORT])
def test_estimates_lie_on_the_fine_grid(name: str, inputs: Inputs, tmp_path: Path) -> None:
    found = METHODS[name](inputs, tmp_path, tmp_path)()
    assert found.grid.is_close(inputs.pair.fine)
    assert np.isfinite(found.data).all()
    loose = name in ("cubic", "guided-filter")
    assert (volume_consistency(found, inputs.pair.target) > 0.02) == loose


def test_a_training_that_lacks_is_named(inputs: Inputs, tmp_path: Path) -> None:
    cohort = Inputs(inputs.pair, inputs.detail, "cohort", "2x")
    with pytest.raises(FileFormatError, match="quality --name x2-unguided"):
        METHODS["crossres-unguided"](cohort, tmp_path, tmp_path)


def test_the_needs_of_every_method_are_stated() -> None:
    assert set(NEEDS) == {*METHODS, *ANTS, ECLARE}
