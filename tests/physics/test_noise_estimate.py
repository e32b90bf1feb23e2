"""The noise of magnitude images is found, and fine texture is not taken for noise."""

import numpy as np
import pytest

from crossres.phantom import make_pair
from crossres.physics import NoiseLevel, add_rician_noise, degrade, noise_level
from crossres.types import Array3
from crossres.volume import intensity_scale


@pytest.fixture(scope="module")
def still() -> Array3:
    """Return a phantom with voxels of 2.4 mm whose air is exactly 0."""
    fine = make_pair(3, shape=(160, 184, 64), spacing=1.2)[1]
    data = degrade(fine, fine.grid.coarsened((2, 2, 2))).data
    return np.where(data < 0.06 * intensity_scale(data), 0, data).astype(np.float32)


def noisy(still: Array3, share: float) -> Array3:
    deviation = share * intensity_scale(still)
    return add_rician_noise(still, deviation, np.random.default_rng(0)).astype(np.float32)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.08])
def test_air_shows_the_noise(still: Array3, share: float) -> None:
    found = noise_level(noisy(still, share))
    assert found.source == "air"
    assert found.share == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("share", [0.03, 0.08])
def test_a_head_without_air_shows_it_too(still: Array3, share: float) -> None:
    masked = np.where(still == 0, 0, noisy(still, share)).astype(np.float32)
    found = noise_level(masked)
    assert found.source == "head"
    assert found.share == pytest.approx(share, rel=0.2)


def test_a_scan_without_noise_has_none(still: Array3) -> None:
    assert noise_level(still) == NoiseLevel()


def test_a_scan_that_is_too_small_has_none() -> None:
    small = make_pair(0, shape=(18, 20, 18), spacing=10.0)[1].data
    assert noise_level(noisy(small, 0.05)) == NoiseLevel()


def test_the_noise_scales_with_the_intensities(still: Array3) -> None:
    scan = noisy(still, 0.03)
    one, many = noise_level(scan), noise_level(1000 * scan)
    assert many.share == pytest.approx(one.share, rel=1e-3)
    assert many.deviation == pytest.approx(1000 * one.deviation, rel=1e-3)
