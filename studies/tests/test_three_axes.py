"""Boxes hold whole voxels, and all estimates lie on the fine grid."""

import numpy as np
from studies.three_axes import FACTORS, estimates, whole

from crossres.phantom import make_pair
from crossres.physics import degrade


def test_boxes_hold_whole_voxels() -> None:
    reference = make_pair(0, shape=(45, 51, 43), spacing=4.0)[1]
    assert all(size % f == 0 for size, f in zip(whole(reference).shape, FACTORS, strict=True))


def test_estimates_lie_on_the_fine_grid() -> None:
    reference = make_pair(0, shape=(24, 24, 24), spacing=2.0)[1]
    scan = degrade(reference, reference.grid.coarsened(FACTORS))
    found = dict(estimates(scan, reference.grid))
    assert len(found) == 4
    assert all(volume.grid == reference.grid for volume in found.values())
    means = [found[name].data for name in ("plane first", "across first")]
    np.testing.assert_allclose(found["both orders"].data, np.mean(means, axis=0), rtol=1e-5)
