"""Noisy scans are treated by their noise; scans without noise to the last bit as before."""

import numpy as np
import pytest

import crossres as cr
from crossres.inference.noise import (
    BALANCE,
    denoised,
    expected_error,
    needs_denoising,
    noise_description,
    noise_notes,
    noise_of,
    weighted,
)
from crossres.physics import (
    Acquisition,
    BackProjection,
    NoiseLevel,
    add_rician_noise,
    volume_consistency,
)
from crossres.types import SettingsError
from crossres.volume import Pair, Volume, intensity_scale


@pytest.fixture(scope="module")
def truth() -> Volume:
    return cr.make_pair(2, shape=(96, 104, 6), spacing=1.0)[1]


def scan_of(truth: Volume, share: float) -> Pair:
    coarse = truth.grid.coarsened((2, 2, 1))
    return Pair(cr.degrade(truth, coarse, noise=share * intensity_scale(truth.data)), truth.grid)


def test_a_given_deviation_is_taken(truth: Volume) -> None:
    found = noise_of(truth, 0.05 * intensity_scale(truth.data))
    assert (found.source, round(found.share, 6)) == ("given", 0.05)
    assert noise_of(truth, 0.0).deviation == 0


def test_a_scan_with_negative_values_is_no_magnitude_image(truth: Volume) -> None:
    signed = truth.with_data(truth.data - 100)
    assert noise_of(signed, None).source == "none"
    assert noise_of(signed, 0.0).deviation == 0
    with pytest.raises(SettingsError, match="an image with negative values"):
        noise_of(signed, 10.0)


def test_a_few_voxels_below_0_do_not_matter(truth: Volume) -> None:
    ringing = truth.with_data(truth.data.copy())
    ringing.data[0, 0, 0] = -0.5
    assert noise_of(ringing, None).share == pytest.approx(noise_of(truth, None).share, rel=0.05)


def test_more_noise_than_signal_is_refused(truth: Volume) -> None:
    with pytest.raises(
        SettingsError, match="in intensities of the scan, a magnitude image, at most"
    ):
        noise_of(truth, 0.5 * intensity_scale(truth.data))


def test_too_little_noise_is_warned_of(truth: Volume) -> None:
    assert "too little to have an effect" in noise_notes(noise_of(truth, 0.1))[0]
    assert noise_notes(noise_of(truth, 0.0)) == []
    assert noise_notes(NoiseLevel(0.1, 0.0001, "air")) == []


def test_noise_that_does_not_matter_changes_nothing(truth: Volume) -> None:
    pair, little = scan_of(truth, 0.0), NoiseLevel(1.0, 0.001, "air")
    assert not needs_denoising(little)
    assert denoised(pair, little) is pair
    assert weighted(BackProjection(), little, pair) == BackProjection()


def test_the_weight_follows_the_square_of_the_noise(truth: Volume) -> None:
    pair = scan_of(truth, 0.0)
    one, two = (
        weighted(BackProjection(), NoiseLevel(1.0, share, "air"), pair).noise
        for share in (0.02, 0.04)
    )
    assert two == pytest.approx(4 * one)
    equal = weighted(BackProjection(), NoiseLevel(1.0, BALANCE, "air"), pair).noise
    assert equal == pytest.approx(Acquisition(pair.fine, pair.target.grid).mean_eigenvalue)
    iterative = BackProjection("iterative")
    assert weighted(iterative, NoiseLevel(1.0, 0.02, "air"), pair) is iterative


def test_denoising_leaves_noise_of_mean_0_in_the_object_and_little_in_air() -> None:
    """As the patches of a training with noise have it."""
    truth = cr.make_pair(3, shape=(64, 72, 24), spacing=3.0)[1]
    scale = intensity_scale(truth.data)
    sigma = 0.03 * scale
    noisy = add_rician_noise(truth.data, sigma, np.random.default_rng(0)).astype(np.float32)
    noise = NoiseLevel(sigma, 0.03, "given")
    still = denoised(Pair(truth.with_data(noisy), truth.grid), noise).target
    left = (still.data - truth.data) / sigma
    head, air = truth.data > 0.2 * scale, truth.data < 0.02 * scale
    assert 0.4 < left[head].std() < 1
    assert abs(left[head].mean()) < 0.1
    assert np.sqrt(np.square(left[air]).mean()) < 0.5 * left[head].std()


def test_the_expected_error_is_that_of_the_noise(truth: Volume) -> None:
    clean, noisy = scan_of(truth, 0.0).target, scan_of(truth, 0.03).target
    noise = NoiseLevel(0.03 * intensity_scale(truth.data), 0.03, "given")
    away = np.linalg.norm(noisy.data - clean.data) / np.linalg.norm(noisy.data)
    assert expected_error(noisy, noise) == pytest.approx(away, rel=0.3)


@pytest.mark.parametrize(
    ("noise", "words"),
    [
        (NoiseLevel(), "none found"),
        (NoiseLevel(3, 0.031, "air"), "3.1 % of the bright tissue (measured in the air), denoised"),
        (
            NoiseLevel(3, 0.005, "air"),
            "0.5 % of the bright tissue (measured in the air), used as it is",
        ),
        (
            NoiseLevel(0, 0, "given"),
            "0.0 % of the bright tissue (given by the user), used as it is",
        ),
    ],
)
def test_the_noise_is_described(noise: NoiseLevel, words: str) -> None:
    assert noise_description(noise) == words


def test_a_noisy_scan_is_better_enhanced_with_its_noise_removed(truth: Volume) -> None:
    pair, scale = scan_of(truth, 0.05), intensity_scale(truth.data)
    done = {
        share: cr.enhance(pair.target, factor=2, settings=cr.EnhanceSettings(noise=share * scale))
        for share in (0.0, 0.05)
    }
    images = {**{share: each.volume for share, each in done.items()}, "cubic": done[0].interpolated}
    errors = {name: float(np.square(i.data - truth.data).mean()) for name, i in images.items()}
    assert errors[0.05] < min(0.5 * errors[0.0], errors["cubic"])
    treated = done[0.05]
    np.testing.assert_array_equal(treated.pair.target.data, pair.target.data)
    assert treated.passes[0].pair.target is not treated.pair.target
    expected = volume_consistency(treated.result.volume, pair.target)
    assert treated.consistency.result == pytest.approx(expected, rel=1e-4)
    assert treated.consistency.noise == pytest.approx(expected, rel=0.3)
    assert (done[0.0].noise.source, done[0.0].consistency.noise) == ("given", 0)


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_a_noisy_scan_is_denoised_once_before_two_passes() -> None:
    truth = cr.make_pair(2, shape=(48, 56, 24), spacing=2.5)[1]
    deviation = 0.05 * intensity_scale(truth.data)
    scan = cr.degrade(truth, truth.grid.coarsened((2, 2, 3)), noise=deviation)
    errors = {}
    for given in (0.0, deviation):
        settings = cr.EnhanceSettings(noise=given, device="cpu")
        done = cr.enhance(scan, factor=(2, 2, 3), settings=settings)
        errors[given] = float(np.square(done.volume.data - truth.data).mean())
    errors["cubic"] = float(np.square(done.interpolated.data - truth.data).mean())
    assert errors[deviation] < min(0.7 * errors[0.0], errors["cubic"])
    first, second = done.passes
    expected = denoised(Pair(scan, truth.grid), done.noise).target.data
    np.testing.assert_array_equal(first.pair.target.data, expected)
    np.testing.assert_array_equal(second.pair.target.data, first.result.volume.data)
    np.testing.assert_array_equal(done.pair.target.data, scan.data)
    misfit = volume_consistency(done.result.volume, scan)
    assert done.consistency.result == pytest.approx(misfit, rel=1e-4)
    assert done.consistency.noise == pytest.approx(misfit, rel=0.5)
    assert [one.result.consistency.noise for one in done.passes] == [0, 0]


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_the_predicted_error_of_a_noisy_scan_is_that_of_the_denoised_one() -> None:
    truth = cr.make_pair(2, shape=(32, 36, 4), spacing=3.0)[1]
    deviation = 0.05 * intensity_scale(truth.data)
    scan = cr.degrade(truth, truth.grid.coarsened((2, 2, 1)), noise=deviation)
    done = cr.enhance(scan, factor=2, settings=cr.EnhanceSettings(noise=deviation, device="cpu"))
    clean = cr.enhance(done.passes[0].pair.target, factor=2, settings=cr.EnhanceSettings(noise=0))
    found, expected = done.predicted_error, clean.predicted_error
    assert found is not None
    assert expected is not None
    inside = truth.data > 0.1 * intensity_scale(truth.data)
    ratio = found.volume.data[inside].mean() / expected.volume.data[inside].mean()
    assert ratio == pytest.approx(1, abs=0.25)


def test_the_unit_of_earlier_versions_is_explained(truth: Volume) -> None:
    with pytest.raises(SettingsError, match=r"give such as 19, or 0 .* Tikhonov parameter"):
        noise_of(truth, 0.05)
