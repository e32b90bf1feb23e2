"""Each estimate counts at the frequencies that its scan shows, wherever it lies."""

import numpy as np
import pytest
import torch

from crossres.physics import reliability, weighted_mean
from crossres.physics.reliability import LEAST_RELIABILITY
from crossres.volume import Grid, Profile

FINE = Grid((16, 16, 16), np.eye(4))


def test_a_scan_is_sure_in_its_plane() -> None:
    found = reliability(FINE, FINE.coarsened((1, 1, 4)))
    assert found[:, :, 0] == pytest.approx(1)
    assert found[0, 0, 8] == pytest.approx(LEAST_RELIABILITY, rel=0.5)
    assert (np.diff(found[0, 0]) <= 0).all()


def test_the_order_of_the_axes_does_not_matter() -> None:
    coarse = FINE.coarsened((1, 4, 1))
    turned = coarse.reordered((1, 2, 0), (True, False, False))
    assert reliability(FINE, turned) == pytest.approx(reliability(FINE, coarse))


def test_a_motion_turns_the_direction() -> None:
    quarter = np.array([[1.0, 0, 0, 0], [0, 0, -1, 15], [0, 1, 0, 0], [0, 0, 0, 1]])
    across = reliability(FINE, FINE.coarsened((1, 1, 4)), quarter)
    assert across == pytest.approx(reliability(FINE, FINE.coarsened((1, 4, 1))), abs=1e-4)


def test_thin_slices_are_reliable_further() -> None:
    coarse = FINE.coarsened((1, 1, 4))
    thin = Grid(coarse.shape, coarse.affine, (*coarse.profiles[:2], Profile(2.0)))
    assert reliability(FINE, thin)[0, 0, 3] > 2 * reliability(FINE, coarse)[0, 0, 3]


def test_the_mean_takes_each_frequency_from_the_scan_that_shows_it() -> None:
    i, _, k = np.indices(FINE.shape)
    along_i, along_k = (torch.from_numpy(np.cos(np.pi * n / 2).astype(np.float32)) for n in (i, k))
    weights = [reliability(FINE, FINE.coarsened(f)) for f in ((1, 1, 4), (4, 1, 1))]
    found = weighted_mean([along_i, along_k], weights)
    assert torch.allclose(found, along_i + along_k, atol=0.05)
