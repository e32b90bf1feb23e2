"""What every regime shares: its interface, its settings, banks of slices, one training."""

import re
from dataclasses import fields, replace

import pytest
import torch

from crossres.inference import Example
from crossres.physics import Acquisition, BackProjection
from crossres.training import External, Internal, PatchTraining, Regime, ThroughPlane
from crossres.training.base import checkpoint_path, stack
from crossres.types import SettingsError


def test_an_example_has_no_place_for_a_reference():
    assert [field.name for field in fields(Example)] == [
        "target", "coarse", "fine", "guide", "density",
    ]  # fmt: skip


@pytest.mark.parametrize("density", [0.0, -0.5, 1.5])
def test_a_density_is_a_share(toys, density):
    with pytest.raises(SettingsError, match="density must be above 0 and at most 1"):
        replace(toys.example(), density=density)


def test_patch_centres_are_as_dense_as_requested(toys):
    low = toys.example()
    many, few = (
        len(replace(toys.tiny).bank([(low.target, low.coarse, density)]).centres)
        for density in (1.0, 0.25)
    )
    assert few == many // 4


def test_rescaled_copies_join_the_bank(toys):
    settings = replace(toys.tiny, rescale=(1.0, 0.5))
    low = toys.example()
    bank = settings.bank([(torch.cat([low.target, low.target], dim=1), low.coarse, 1.0)])
    assert bank.slices.shape == (6, 2, 16, 14)
    half = Acquisition(low.coarse, low.coarse.coarsened((2, 2, 1))).forward(low.target)
    torch.testing.assert_close(bank.slices[3:, :1, :8, :7], half)
    assert not bank.slices[3:, :, 8:].any()


def test_a_spread_of_factors_surrounds_the_factor(toys):
    """Factors are powers of the factor, 2^0.7 to 2^1.3, so that 3 is as far from it as 4/3."""
    spread = replace(toys.tiny, patch=48, spread=0.3)
    sizes = [a.coarse.shape[0] for a in spread._acquisitions(2.0)]
    assert sizes == [19, 21, 22, 24, 26, 28, 30]
    assert [a.coarse.shape[0] for a in replace(toys.tiny, patch=48)._acquisitions(2.0)] == [24]


def test_no_coarse_patch_is_smaller_than_two_pixels(toys):
    assert [a.coarse.shape for a in toys.tiny._acquisitions(16.0)] == [(2, 2, 1)]


def test_slice_profiles_are_drawn_over_a_range(toys):
    learning = replace(toys.tiny, patch=48, axes=1, spread=0.5, profile=(0.5, 1.2))
    made = learning._acquisitions(4.0)
    assert {a.coarse.shape[0] for a in made} >= {6, 24}
    widths = sorted({round(a.fwhm[0] / a.coarse.spacing[0], 3) for a in made})
    assert (widths[0], widths[-1], len(widths)) == (0.5, 1.2, 5)
    assert [a.fwhm for a in toys.tiny._acquisitions(2.0)] == [(2.0, 2.0, 0.0)]


@pytest.mark.parametrize("profile", [(0.4, 1.0), (1.0, 0.9), (1.0, 2.5), (1.0,), 1.0])
def test_impossible_slice_profiles(refused, profile):
    with refused("`profile`"):
        PatchTraining(profile=profile)


@pytest.mark.parametrize("noise", [(-0.1, 0.0), (0.03, 0.01), (0.0, 0.4), (0.0, 0.01, 0.03), 0.03])
def test_impossible_noise(refused, noise):
    with refused("`added_noise`"):
        PatchTraining(added_noise=noise)


def test_training_without_noise_is_that_without_the_option(toys, tmp_path):
    """Checkpoints that were made before there was the option are resumed."""
    low, purposes, weights = toys.example(), [], []
    for number, span in enumerate([(0.0, 0.0), (0.0, 0.03)]):
        learning = replace(toys.tiny, added_noise=span)
        bank = learning.bank([(low.target, low.coarse, 1.0)])
        path = tmp_path / f"{number}.pt"
        torch.manual_seed(0)
        network, _ = learning.train_network(toys.Maker(guided=False)(), bank, 2.0, checkpoint=path)
        weights.append(next(network.parameters()).detach())
        purposes.append(torch.load(path, weights_only=True)["purpose"])
    assert "noise" not in purposes[0].replace("deblur_noise", "")
    assert "added_noise" in purposes[1]
    assert not torch.equal(*weights)


def test_regimes_satisfy_the_protocol():
    assert isinstance(External(), Regime)
    assert isinstance(ThroughPlane(), Regime)
    assert not isinstance(Internal(), Regime), "it is fitted to one image"
    assert not isinstance(PatchTraining(), Regime)


def test_the_sources_are_for_the_card():
    assert External().sources == ThroughPlane().sources == ()
    assert External(pseudo_targets=True).sources == ("pseudo-targets made of them",)


def test_the_cascade_has_the_settings_of_the_training(toys):
    settings = {"back_projection": BackProjection("none"), "deblur_noise": 0.2, "axes": 1}
    cascade = replace(toys.tiny, **settings).cascade([toys.Maker()()], 3.0)
    assert cascade.stage_factor == 3.0
    assert {name: getattr(cascade, name) for name in settings} == settings


def test_target_and_guide_are_stacked_as_channels():
    target, guide = torch.rand(2, 2, 1, 5, 4)
    assert torch.equal(stack(target, guide)[:, 1:], guide)
    assert stack(target, None) is target


def test_each_stage_has_its_checkpoint(tmp_path):
    assert checkpoint_path(None, 2) is None
    assert checkpoint_path(tmp_path, 2) == tmp_path / "stage-2.pt"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"patch": 7}, "`patch` must be a whole number of at least 8, got 7"),
        ({"patch": 8.5}, "`patch` must be a whole number of at least 8, got 8.5"),
        ({"batch": 0}, "`batch` must be a whole number of at least 1, got 0"),
        ({"augmentation": None}, "`augmentation` must be of type Augmentation, got None"),
        ({"rescale": ()}, "`rescale` must hold at least one size, got none"),
        ({"rescale": [1.0]}, "`rescale` must be of type tuple"),
        ({"rescale": (1.2,)}, "`rescale` must be a number above 0 and at most 1, got 1.2"),
        ({"rescale": (0.0,)}, "`rescale` must be a number above 0 and at most 1, got 0.0"),
        ({"spread": 1.0}, "`spread` must be a number at least 0 and below 1, got 1.0"),
        ({"training": 3000}, "`training` must be of type TrainingSettings, got 3000"),
        ({"back_projection": "exact"}, "`back_projection` must be of type BackProjection"),
        (
            {"deblur_noise": -0.1},
            "`deblur_noise` must be a number at least 0 and at most 1e+06, got -0.1",
        ),
        ({"axes": 3}, "`axes` must be one of 1, 2, got 3"),
    ],
)
def test_settings_are_checked(refused, wrong, message):
    with refused(re.escape(message)):
        PatchTraining(**wrong)
