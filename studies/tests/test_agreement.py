"""Zeros in the head are counted, and an estimate that is the reference has no error."""

import numpy as np
import pytest
from studies.agreement import inferred_rows, score, truncated

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


def test_truncated_images_keep_constants_and_their_place():
    flat = np.full((32, 6, 4), 5.0)
    np.testing.assert_allclose(np.abs(truncated(flat, 0, 2)), 5.0, rtol=1e-6)
    wave = 10 + np.cos(2 * np.pi * (np.arange(32) + 0.5) / 32)[:, None, None] * np.ones((1, 6, 4))
    expected = 10 + np.cos(2 * np.pi * (np.arange(16) + 0.5) / 16)
    np.testing.assert_allclose(np.abs(truncated(wave, 0, 2))[:, 0, 0], expected, rtol=1e-6)


def test_the_part_determined_by_the_scan_is_ordered_by_detail():
    _, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    scan = Simulated(Pair(degrade(truth, truth.grid.coarsened((2, 2, 1))), truth.grid), truth)
    cubic, result, reference = inferred_rows("head", scan, "t2-axial-x2")
    assert (cubic["edge_share_from_scan"], cubic["inferred_rms"]) == (1.0, 0.0)
    assert 1 > result["edge_share_from_scan"] > reference["edge_share_from_scan"]
    assert 0 < result["inferred_rms"] < reference["inferred_rms"]
    assert result["psnr"] > cubic["psnr"]
