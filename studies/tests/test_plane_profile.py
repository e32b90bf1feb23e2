"""Filters keep constants, interpolation keeps samples, and scans of each kind share a grid."""

import numpy as np
import pytest
from studies.plane_profile import FILTERS, divisible, filtered, interpolated, sampled

from crossres.phantom import make_pair


@pytest.mark.parametrize("name", FILTERS)
def test_filters_keep_constants(name: str) -> None:
    flat = np.full((32, 3, 2), 5.0)
    np.testing.assert_allclose(filtered(flat, 0, 2, name), flat, rtol=1e-6)


def test_filters_attenuate_the_end_of_the_band() -> None:
    wave = np.cos(2 * np.pi * 15 / 64 * np.arange(64))[:, None, None] * np.ones((1, 2, 2))
    kept = {name: np.abs(filtered(wave, 0, 2, name)).max() for name in FILTERS}
    assert kept["none"] == pytest.approx(1)
    assert max(kept["Tukey"], kept["Fermi"]) < 0.3
    assert kept["Hann"] < 0.02


def test_zero_filling_keeps_the_samples_at_their_places() -> None:
    signal = np.random.default_rng(0).random((15, 2, 2))
    found = interpolated(signal, 0, 45)
    np.testing.assert_allclose(found[1::3].real, signal, atol=1e-9)


def test_kinds_share_a_grid_and_odd_planes_are_left_out() -> None:
    truth = make_pair(0, shape=(48, 54, 6), spacing=4.0)[1]
    scans = [sampled(truth, 2, kind) for kind in ("Gaussian", *FILTERS)]
    assert {scan.shape for scan in scans if scan is not None} == {(24, 27, 6)}
    assert sampled(truth, 4, "none") is None
    part = sampled(divisible(truth, 4), 4, "none")
    assert part is not None
    assert part.shape == (12, 13, 6)
