"""Volumes and pairs are compared by identity: their arrays have no single truth value."""

import numpy as np

from crossres.volume import Grid, Pair, Volume


def test_volumes_and_pairs_are_compared_by_identity() -> None:
    grid = Grid((2, 2, 2), np.eye(4))
    one, same = (Volume(np.zeros(grid.shape), grid) for _ in range(2))
    assert one == one
    assert one != same
    assert len({one, same, Pair(one, grid), Pair(one, grid)}) == 4
