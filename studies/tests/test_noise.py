"""The gain of the reference is large, that of the interpolated scan 0 dB; errors are shares."""

import pytest
from studies.noise import gains, network_error, noisy

from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair
from crossres.weights import load_weights


def test_gains_are_relative_to_the_noisy_scan() -> None:
    _, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    target = noisy(degrade(truth, truth.grid.coarsened((2, 2, 1))), 0.03)
    scan = Simulated(Pair(target, truth.grid), truth)
    cubic = gains(interpolate_volume(target, truth.grid), scan)
    assert all(value == pytest.approx(0, abs=1e-3) for value in cubic.values())
    assert gains(truth.with_data(truth.data + 1e-3), scan)["gain"] > 40  # type: ignore[operator]


def test_the_error_of_a_network_does_not_depend_on_intensities() -> None:
    _, truth = make_pair(0, shape=(64, 72, 4), spacing=2.0)
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    weights = load_weights("t2-axial-x2")
    error, other = (
        network_error(weights, Pair(scan.with_data(factor * scan.data), truth.grid))
        for factor in (1, 7)
    )
    assert other == pytest.approx(error, rel=1e-3)
    assert 0.001 < error < 0.2
