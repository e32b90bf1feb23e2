"""Truncated k-space is distinguished from Gaussian voxels, apodised, and freed of zero-filling."""

import numpy as np
import pytest

from crossres.phantom import make_pair
from crossres.physics import acquire_volume, acquired_samples, apodise, degrade, resolution_of
from crossres.physics.plane_profile import attenuation
from crossres.volume import Grid, Profile, Volume

SINC, GAUSS = Profile(shape="band-limited"), Profile()


@pytest.fixture(scope="module")
def truth() -> Volume:
    return make_pair(101, shape=(208, 240, 36), spacing=0.85)[1]


def sampled(truth: Volume, profile: Profile) -> Volume:
    coarse = truth.grid.coarsened((2, 2, 1))
    return degrade(truth, Grid(coarse.shape, coarse.affine, (profile, profile, GAUSS)))


def test_gaussian_voxels_attenuate_the_end_of_the_spectrum(truth: Volume) -> None:
    found = [resolution_of(sampled(truth, profile)) for profile in (GAUSS, SINC)]
    gauss, sinc = ([one.attenuation for one in each[:2] if one is not None] for each in found)
    assert min(gauss) - max(sinc) > 2
    assert 3 < np.mean(gauss) < 8


@pytest.mark.parametrize("slope", [1.5, 1.9, 2.3])
def test_a_power_law_is_hardly_attenuated(slope: float) -> None:
    k = np.linspace(0.05, 0.5, 45)
    assert abs(attenuation(k, -slope * np.log(k))) < 1.3


def test_a_steep_end_is_no_attenuation() -> None:
    k = np.linspace(0.05, 0.5, 45)
    assert attenuation(k, -1.9 * np.log(k) - np.where(k > 0.44, 3, 0)) == 0


def test_apodised_scans_have_gaussian_voxels() -> None:
    """Truncating and apodising attenuates a wave as the Gaussian of the voxel does."""
    grid = Grid((64, 4, 4), np.diag([2.0, 2.0, 2.0, 1.0]), (SINC, GAUSS, GAUSS))
    for cycles in (3, 11, 20):
        wave = np.cos(np.pi * cycles * (np.arange(64) + 0.5) / 64)[:, None, None]
        seen = apodise(Volume(10 + wave + np.zeros((64, 4, 4)), grid))
        expected = np.exp(-((np.pi * cycles / 128) ** 2) / (4 * np.log(2)))
        np.testing.assert_allclose(
            seen.data, 10 + expected * wave + np.zeros((64, 4, 4)), rtol=1e-5
        )
        assert seen.grid.profiles[0] == Profile(2.0)


def test_apodising_keeps_what_was_not_scanned(truth: Volume) -> None:
    scan = sampled(truth, SINC)
    masked = scan.with_data(np.where(scan.data < 50, 0, scan.data))
    seen = apodise(masked)
    assert np.array_equal(seen.data == 0, masked.data == 0)
    assert seen.data.min() == 0
    gaussian = sampled(truth, GAUSS)
    assert apodise(gaussian) is gaussian


def test_acquired_samples_are_found_again() -> None:
    fine = Grid((96, 6, 4), np.eye(4))
    waves = (
        np.cos(np.pi * cycles * (np.arange(96) + 0.5) / 96)[:, None, None] for cycles in (2, 9, 30)
    )
    filled = Volume(100 + sum(waves) + np.zeros(fine.shape), fine)
    found = acquired_samples(filled, {0: 48})
    assert found.grid.profiles == (
        Profile(2.0, "band-limited"),
        GAUSS.resolved(1),
        GAUSS.resolved(1),
    )
    expected = sum(np.cos(np.pi * c * (np.arange(48) + 0.5) / 48) for c in (2, 9, 30))
    inside = slice(8, -8)
    np.testing.assert_allclose(found.data[inside, 0, 0], 100 + expected[inside], atol=0.3)
    again = acquire_volume(filled, found.grid)
    np.testing.assert_allclose(again.data, found.data, rtol=1e-5)


def test_samples_of_air_stay_empty() -> None:
    data = np.zeros((32, 4, 4), np.float32)
    data[8:24] = 100
    found = acquired_samples(Volume(data, Grid(data.shape, np.eye(4))), {0: 16})
    assert not found.data[:4].any()
    assert not found.data[-4:].any()
    assert found.data[4:12].min() > 0
