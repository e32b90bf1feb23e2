"""Sizes are compared by value, also where Python keeps no single object for a number."""

import numpy as np

from crossres.volume import Grid, pass_grids


def test_one_pass_where_a_large_axis_stays() -> None:
    coarse, fine = (Grid((int("300"), *rest), np.eye(4)) for rest in ((8, 4), (16, 8)))
    assert pass_grids(coarse, fine) == [fine]
