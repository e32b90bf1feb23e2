"""A small pair of scans, and the result of ``crossres.enhance`` on it."""

import pytest

import crossres as cr
from crossres.inference import Enhanced
from crossres.types import CrossresWarning
from crossres.volume import Pair, coarse_grid

FACTOR = (2, 2, 1)
SETTINGS = cr.EnhanceSettings(register=False)


@pytest.fixture(scope="session")
def pair() -> Pair:
    """Return a coarse T2w, and a T1w on the fine grid."""
    t1, t2 = cr.make_pair(0, shape=(48, 56, 44), spacing=4.0, slices=(18, 22))
    fine = t2.grid
    return Pair(cr.degrade(t2, coarse_grid(fine, factor=FACTOR)), fine, t1)


@pytest.fixture(scope="session")
def enhanced(pair: Pair) -> Enhanced:
    """Return what the packages should return too."""
    with pytest.warns(CrossresWarning):
        return cr.enhance(pair.target, pair.guide, factor=FACTOR, settings=SETTINGS)
