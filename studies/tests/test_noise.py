"""The gain of the reference is large, that of the interpolated scan 0 dB."""

import pytest
from studies.noise import gains, noisy

from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair


def test_gains_are_relative_to_the_noisy_scan() -> None:
    _, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    target = noisy(degrade(truth, truth.grid.coarsened((2, 2, 1))), 0.03)
    scan = Simulated(Pair(target, truth.grid), truth)
    cubic = gains(interpolate_volume(target, truth.grid), scan)
    assert all(value == pytest.approx(0, abs=1e-3) for value in cubic.values())
    assert gains(truth.with_data(truth.data + 1e-3), scan)["gain"] > 40  # type: ignore[operator]
