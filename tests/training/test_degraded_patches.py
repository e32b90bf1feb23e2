"""Patches with their degradation are the acquisition's law, on one axis or both."""

import math

import pytest
import torch

from crossres.inference.noise import BALANCE, weighted_by
from crossres.physics import BackProjection
from crossres.training.degraded_patches import DegradedPatches, patch_acquisition


@pytest.mark.parametrize("guided", [True, False])
def test_a_batch_pairs_patches_with_their_degradation(guided):
    acquisition = patch_acquisition(12, 2)
    patches = torch.rand(3, 1 + guided, 12, 12)
    batch = DegradedPatches(patches, acquisition, BackProjection())
    torch.testing.assert_close(batch.degraded, acquisition.forward(patches[:, :1]))
    torch.testing.assert_close(batch.upsampled, acquisition.upsample(batch.degraded))
    assert torch.equal(batch.target, patches[:, :1])
    assert (batch.guide is None) is not guided
    projected = acquisition.forward(batch.back_project(torch.rand(3, 1, 12, 12)))
    torch.testing.assert_close(projected, batch.degraded, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("axes", "shape"), [(1, (4, 12, 1)), (2, (4, 4, 1))])
def test_one_axis_of_a_patch_is_degraded_or_both(axes, shape):
    acquisition = patch_acquisition(12, 3, axes=axes)
    assert (acquisition.fine.shape, acquisition.coarse.shape) == ((12, 12, 1), shape)


@pytest.mark.parametrize("profile", [0.5, 0.8, 1.0, 1.2])
def test_the_slice_profile_has_the_requested_width(profile):
    """The response of one coarse voxel to a point that moves along the axis."""
    acquisition = patch_acquisition(96, 8, axes=1, profile=profile)
    points = torch.eye(96)[:, None, :, None].expand(96, 1, 96, 96)
    response = acquisition.forward(points)[:, 0, 6, 0]
    distance = torch.arange(96) - (response * torch.arange(96)).sum() / response.sum()
    variance = (response * distance**2).sum() / response.sum()
    fwhm = float(variance.sqrt()) * math.sqrt(8 * math.log(2))
    assert fwhm == pytest.approx(8 * profile, rel=0.01)


def batch_of(level=0.5, size=64, method=None):
    patches = torch.full((4, 1, size, size), level)
    return DegradedPatches(patches, patch_acquisition(size, 2), method or BackProjection())


def test_no_noise_changes_nothing():
    batch, generator = batch_of(), torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert batch.with_noise((0.0, 0.0), generator) is batch
    assert torch.equal(generator.get_state(), before), "later patches are those without the option"


@pytest.mark.parametrize("share", [0.005, 0.03, 0.1])
def test_the_noise_has_the_requested_deviation_and_mean_0(share):
    batch = batch_of().with_noise((share, share), torch.Generator().manual_seed(1))
    away = batch.degraded - batch_of().degraded
    assert float(away.std()) == pytest.approx(share, rel=0.05)
    assert abs(float(away.mean())) < 0.1 * share
    assert torch.equal(batch.target, batch_of().target)
    torch.testing.assert_close(batch.upsampled, batch.acquisition.upsample(batch.degraded))


def test_levels_are_drawn_within_the_span():
    generator = torch.Generator().manual_seed(2)
    batches = [batch_of().with_noise((0.01, 0.03), generator) for _ in range(40)]
    found = [float((batch.degraded - 0.5).std()) for batch in batches]
    assert 0.009 < min(found) < 0.013
    assert 0.027 < max(found) < 0.031


def test_air_has_no_noise():
    patches = torch.zeros(2, 1, 64, 64)
    patches[..., 32:] = 0.5
    clean = DegradedPatches(patches, patch_acquisition(64, 2), BackProjection())
    noisy = clean.with_noise((0.03, 0.03), torch.Generator().manual_seed(3))
    assert torch.equal(noisy.degraded[..., :14], clean.degraded[..., :14])
    assert not torch.equal(noisy.degraded[..., 18:], clean.degraded[..., 18:])


@pytest.mark.parametrize("share", [0.005, BALANCE, 2 * BALANCE])
def test_noisy_patches_weigh_as_noisy_scans_do(share):
    batch = batch_of().with_noise((share, share), torch.Generator())
    assert batch.back_projection == weighted_by(BackProjection(), share, batch.acquisition)
    none = BackProjection("none")
    assert (
        batch_of(method=none).with_noise((share, share), torch.Generator()).back_projection is none
    )


def test_the_same_state_gives_the_same_noise():
    one, other = (
        batch_of().with_noise((0.0, 0.03), torch.Generator().manual_seed(4)) for _ in range(2)
    )
    assert torch.equal(one.degraded, other.degraded)
