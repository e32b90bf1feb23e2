"""What every regime shares: examples, batches beside their degradation, banks of slices."""

from dataclasses import fields, replace

import pytest
import torch

from crossres.inference import Example
from crossres.physics import Acquisition, BackProjection
from crossres.training import PatchTraining
from crossres.training.base import DegradedPatches, patch_acquisition
from crossres.types import SettingsError


def test_an_example_has_no_place_for_a_reference():
    assert [field.name for field in fields(Example)] == [
        "target", "coarse", "fine", "guide", "density",
    ]  # fmt: skip


@pytest.mark.parametrize("density", [0.0, -0.5, 1.5])
def test_a_density_is_a_share(toys, density):
    with pytest.raises(SettingsError, match="density must be above 0 and at most 1"):
        replace(toys.example(), density=density)


def test_places_are_as_dense_as_asked_for(toys):
    low = toys.example()
    many, few = (
        len(replace(toys.tiny).bank([(low.target, low.coarse, density)]).centres)
        for density in (1.0, 0.25)
    )
    assert few == many // 4


def test_rescaled_copies_join_the_bank(toys):
    learning = replace(toys.tiny, rescale=(1.0, 0.5))
    low = toys.example()
    bank = learning.bank([(torch.cat([low.target, low.target], dim=1), low.coarse, 1.0)])
    assert bank.slices.shape == (6, 2, 16, 14)
    half = Acquisition(low.coarse, low.coarse.coarsened((2, 2, 1))).forward(low.target)
    torch.testing.assert_close(bank.slices[3:, :1, :8, :7], half)
    assert not bank.slices[3:, :, 8:].any()


def test_a_spread_of_factors_surrounds_the_factor(toys):
    spread = replace(toys.tiny, patch=48, spread=0.3)
    sizes = [a.coarse.shape[0] for a in spread._acquisitions(2.0)]
    assert min(sizes) < 24 < max(sizes)
    assert 24 in sizes
    assert [a.coarse.shape[0] for a in replace(toys.tiny, patch=48)._acquisitions(2.0)] == [24]


@pytest.mark.parametrize("guided", [True, False])
def test_a_batch_pairs_patches_with_their_degradation(guided):
    acquisition = patch_acquisition(12, 2)
    patches = torch.rand(3, 1 + guided, 12, 12)
    batch = DegradedPatches(patches, acquisition, BackProjection())
    torch.testing.assert_close(batch.degraded, acquisition.forward(patches[:, :1]))
    torch.testing.assert_close(batch.upsampled, acquisition.upsample(batch.degraded))
    assert torch.equal(batch.target, patches[:, :1])
    assert (batch.guide is None) is not guided
    agreed = acquisition.forward(batch.agree(torch.rand(3, 1, 12, 12)))
    torch.testing.assert_close(agreed, batch.degraded, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "wrong", [{"patch": 7}, {"batch": 0}, {"rescale": ()}, {"rescale": (1.2,)}, {"rescale": (0.0,)}]
)
def test_learning_is_checked(wrong):
    with pytest.raises(SettingsError, match=r"patches need|rescale wants"):
        PatchTraining(**wrong)
