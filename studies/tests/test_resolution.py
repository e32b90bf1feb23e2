"""Zero-filling keeps constants and the mask, and ends the spectrum."""

from collections.abc import Callable

import numpy as np
import pytest
from studies.resolution import blurred, zero_filled

from crossres.types import Array3


def test_constants_are_kept_and_the_spectrum_ends() -> None:
    flat = np.full((64, 8, 8), 3.0, np.float32)
    np.testing.assert_allclose(zero_filled(flat, 0, 1.6), 3.0, rtol=1e-5)
    rough = 10 + np.random.default_rng(0).random((64, 8, 8)).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(zero_filled(rough, 0, 2.0), axis=0))).sum(axis=(1, 2))
    assert power[17:].max() < 1e-6 * power[1:16].min()


@pytest.mark.parametrize("change", [zero_filled, blurred])
def test_what_was_masked_stays_masked(change: Callable[..., Array3]) -> None:
    data = np.random.default_rng(0).random((64, 8, 8)).astype(np.float32)
    data[:20] = 0
    assert not change(data, 0, 1.5)[:20].any()
