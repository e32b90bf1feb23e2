"""Zeros in the head are counted, and an estimate that is the reference has no error."""

import numpy as np
import pytest
from studies.agreement import score

from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair


def test_pits_are_counted_and_the_reference_explains_its_scan():
    _, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    scan = Simulated(Pair(degrade(truth, truth.grid.coarsened((2, 2, 1))), truth.grid), truth)
    noisy = truth.with_data(truth.data + np.float32(1))
    found = score(noisy, scan)
    assert found["zeros"] == 0
    assert found["psnr"] == pytest.approx(20 * np.log10(truth.data.max()), abs=0.1)
    pits = noisy.with_data(np.where(np.arange(46)[:, None] % 2 == 0, 0, noisy.data))
    assert 0.4 < score(pits, scan)["zeros"] < 0.6
    assert score(pits, scan)["residual"] > 10 * found["residual"]
