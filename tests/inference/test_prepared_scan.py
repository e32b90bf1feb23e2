"""A scan is prepared once, in the same way, for every network."""

import numpy as np
import pytest

import crossres as cr
from crossres.inference.prepared_scan import prepare
from crossres.physics import apodise
from crossres.volume import Pair, Volume, intensity_scale


@pytest.fixture(scope="module")
def pair() -> Pair:
    truth = cr.make_pair(2, shape=(96, 104, 6), spacing=1.0)[1]
    return Pair(cr.degrade(truth, truth.grid.coarsened((2, 2, 1))), truth.grid)


def test_a_scan_without_noise_is_used_as_it_is(pair: Pair) -> None:
    scan = prepare(pair, noise=0.0)
    assert scan.pair is scan.pair
    assert scan.pair.target.data is pair.target.data
    assert scan.pair.target is scan.denoised is scan.scan
    assert (scan.apodised_axes, scan.notes) == ("", ())


def test_truncated_k_space_is_apodised_after_denoising(pair: Pair) -> None:
    deviation = 0.05 * intensity_scale(pair.target.data)
    scan = prepare(pair, noise=deviation, plane_profile="band-limited")
    assert scan.apodised_axes == "ij"
    assert {each.shape for each in scan.pair.target.grid.profiles} == {"gaussian"}
    np.testing.assert_array_equal(scan.pair.target.data, apodise(scan.denoised).data)
    np.testing.assert_array_equal(scan.scan.data, pair.target.data)
    assert not np.array_equal(scan.denoised.data, scan.scan.data)


def test_an_offset_is_removed_and_noted(pair: Pair) -> None:
    data = pair.target.data.copy()
    data[:3] = data[-3:] = 0
    scan = prepare(Pair(pair.target.with_data(data + 100), pair.fine), noise=0.0)
    assert "the background of the target is 100" in scan.notes[0]
    assert scan.background.air == 100
    np.testing.assert_allclose(scan.scan.data, data, atol=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_inference_gives_its_networks_the_prepared_scan(pair: Pair, share: float) -> None:
    deviation = share * intensity_scale(pair.target.data)
    settings = cr.EnhanceSettings(noise=deviation, plane_profile="band-limited")
    done = cr.enhance(pair.target, factor=2, settings=settings)
    scan = prepare(pair, noise=deviation, plane_profile="band-limited")
    seen: Volume = done.passes[0].pair.target
    np.testing.assert_array_equal(seen.data, scan.pair.target.data)
    assert done.noise == scan.noise
