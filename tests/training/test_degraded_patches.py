"""Patches with their degradation are the acquisition's law, on one axis or both."""

import math

import pytest
import torch

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
