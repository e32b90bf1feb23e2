"""Spectra of lines inside a head show its frequencies, not the edge of its mask, nor its noise."""

import numpy as np
import pytest

from crossres.phantom import make_pair
from crossres.physics.line_spectra import FEWEST, mask_weights, spectrum_along
from crossres.volume import Grid, Volume


@pytest.fixture(scope="module")
def head() -> Volume:
    return make_pair(101, shape=(120, 136, 60), spacing=1.5)[1]


def test_weights_vanish_at_the_surface_and_outside(head: Volume) -> None:
    weights = mask_weights(head)
    assert weights.max() == 1
    assert not weights[head.data[::2, ::2, ::2] == 0].any()


def test_a_wave_is_found_at_its_frequency(head: Volume) -> None:
    wave = np.cos(2 * np.pi * 0.3 * np.arange(head.shape[0]))[:, None, None]
    seen = head.with_data((100 + 10 * wave + 0 * head.data).astype(np.float32))
    found = spectrum_along(seen.data, mask_weights(head), 0, 0.0)
    assert found is not None
    k, power = found
    assert k[np.argmax(power)] == pytest.approx(0.3, abs=0.01)


def test_the_power_of_noise_is_subtracted(head: Volume) -> None:
    noise, weights = 0.05 * float(head.data.max()), mask_weights(head)
    noisy = head.data + np.random.default_rng(0).normal(0, noise, head.shape)
    spectra = [
        spectrum_along(data.astype(np.float32), weights, 1, subtracted)
        for data, subtracted in ((head.data, 0.0), (noisy, noise), (noisy, 0.0))
    ]
    truth, cleaned, raw = (found[1] for found in spectra if found is not None)
    middle = slice(len(truth) // 4, len(truth) // 2)
    away = [np.abs(np.log(power / truth))[middle].mean() for power in (cleaned, raw)]
    assert away[0] < 0.3 * away[1]


def test_short_axes_and_empty_scans_have_no_spectrum(head: Volume) -> None:
    weights = mask_weights(head)
    assert head.shape[2] < FEWEST
    assert spectrum_along(head.data, weights, 2, 0.0) is None
    empty = Volume(np.zeros((80, 80, 80)), Grid((80, 80, 80), np.eye(4)))
    assert spectrum_along(empty.data, np.zeros((40, 40, 40), np.float32), 0, 0.0) is None
