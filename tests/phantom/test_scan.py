"""Scans follow the signal equation; noise is Rician, the bias field smooth, air zero."""

import numpy as np
import pytest

from crossres.phantom import Contrast, Head, Tissue, acquire, make_head, make_pair
from crossres.phantom.head import axes_of
from crossres.phantom.scan import WHITE_MATTER, bias_field
from crossres.physics.noise import add_rician_noise
from crossres.types import SettingsError
from crossres.volume import Volume

CONTRASTS: tuple[Contrast, ...] = ("T1w", "T2w")


@pytest.fixture(scope="module")
def head() -> Head:
    return make_head(1, slices=(100, 112), lesions=20)


def mean_of(volume: Volume, head: Head, tissue: Tissue) -> float:
    return float(volume.data[head.fractions[tissue] > 0.99].mean())


def test_noise_free_tissues_have_their_order(head: Head) -> None:
    tissues = (Tissue.CSF, Tissue.GREY, Tissue.WHITE)
    t1, t2 = (
        [mean_of(acquire(head, c, 0, noise=0, bias=0), head, t) for t in tissues] for c in CONTRASTS
    )
    assert t1 == sorted(t1)
    assert t2 == sorted(t2, reverse=True)
    assert t1[2] == pytest.approx(WHITE_MATTER, rel=0.01)


def test_lesions_change_t2w_alone(head: Head) -> None:
    spots = head.fractions[Tissue.LESION] > 0.9
    healthy = make_head(1, slices=(100, 112), lesions=0)
    changes = {}
    for contrast in CONTRASTS:
        ill, well = (acquire(h, contrast, 0, noise=0, bias=0).data[spots] for h in (head, healthy))
        changes[contrast] = np.abs(ill / well - 1).max()
    assert changes["T1w"] < 0.01
    assert changes["T2w"] > 0.3


def test_given_signals_are_the_intensities(head: Head) -> None:
    signals = {Tissue.GREY: 0.4, Tissue.WHITE: 1.2}
    scan = acquire(head, signals, 0, noise=0, bias=0)
    assert mean_of(scan, head, Tissue.GREY) == pytest.approx(0.4 * WHITE_MATTER, rel=0.01)
    assert mean_of(scan, head, Tissue.WHITE) == pytest.approx(1.2 * WHITE_MATTER, rel=0.01)
    assert mean_of(scan, head, Tissue.CSF) == pytest.approx(0, abs=1)
    one, other = (acquire(head, signals, seed).data for seed in (0, 1))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_air_is_exactly_empty_without_noise(head: Head, contrast: Contrast) -> None:
    image = acquire(head, contrast, 0, noise=0).data
    air = head.fractions[Tissue.AIR] == 1
    assert (image[air] == 0).all()
    assert (image[head.brain] > 0).all()


def test_noise_in_air_is_rayleigh(head: Head) -> None:
    image = acquire(head, "T2w", 0, noise=0.02).data
    air, sigma = image[head.fractions[Tissue.AIR] == 1], 0.02 * WHITE_MATTER
    assert air.mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.01)
    assert air.std() == pytest.approx(sigma * np.sqrt(2 - np.pi / 2), rel=0.02)


def test_noise_on_strong_signal_is_gaussian() -> None:
    noisy = add_rician_noise(np.full((60, 60, 60), 100.0), 2.0, np.random.default_rng(0))
    assert noisy.mean() == pytest.approx(100, rel=0.001)
    assert noisy.std() == pytest.approx(2, rel=0.02)


def test_seed_decides(head: Head) -> None:
    first, again, other = (acquire(head, "T1w", seed).data for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_bias_is_smooth_and_about_one(contrast: Contrast) -> None:
    line = np.arange(-80.0, 81, 2)
    gain = bias_field((line, line, line), contrast, 3, 0.2)
    assert gain.mean() == pytest.approx(1, abs=0.02)
    assert 0.15 < np.abs(gain - 1).max() < 0.22
    assert max(np.abs(np.diff(gain, axis=a)).max() for a in range(3)) < 0.04


def test_bias_differs_between_contrasts_and_vanishes_at_zero(head: Head) -> None:
    axes = axes_of(head.grid)
    first, second = (bias_field(axes, c, 3, 0.2) for c in CONTRASTS)
    assert np.abs(first - second).max() > 0.02
    assert (bias_field(axes, "T1w", 3, 0.0) == 1).all()


def test_slab_gets_the_bias_of_the_head() -> None:
    line = np.arange(-80.0, 81, 4)
    whole = bias_field((line, line, line), "T1w", 2, 0.3)
    np.testing.assert_allclose(
        bias_field((line, line, line[7:9]), "T1w", 2, 0.3), whole[..., 7:9], atol=1e-5
    )


def test_pair_shares_its_grid_and_is_reproducible() -> None:
    settings = {"shape": (44, 52, 44), "spacing": 4.0, "slices": (20, 22)}
    t1, t2 = make_pair(4, **settings)
    assert t1.grid == t2.grid
    np.testing.assert_array_equal(t2.data, make_pair(4, **settings)[1].data)
    assert np.isfinite(t1.data).all()


@pytest.mark.usefixtures("unchecked")
def test_impossible_settings_are_refused(head: Head) -> None:
    for settings in ({"noise": -0.1}, {"bias": 1.0}, {"bias": -0.1}):
        with pytest.raises(SettingsError, match="noise >= 0"):
            acquire(head, "T1w", 0, **settings)
    with pytest.raises(SettingsError, match="T1w, T2w"):
        acquire(head, "PDw", 0)  # type: ignore[arg-type]
