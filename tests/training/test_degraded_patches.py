"""Patches with their degradation are the acquisition's law, on one axis or both."""

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
