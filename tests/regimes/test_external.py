"""What each regime learns from: External from low-resolution images alone, stage by stage."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from crossres.networks import GuidedRDN
from crossres.patches import Augmentation
from crossres.physics import Acquisition, BackProjection
from crossres.regimes import (
    DegradedPatches,
    Example,
    External,
    Learning,
    Supervised,
    patch_acquisition,
)
from crossres.training import TrainingSettings
from crossres.types import SettingsError
from crossres.volume import Grid

TINY = Learning(
    patch=8, batch=2, training=TrainingSettings(steps=4, epoch=2, averaging=0.0, rate=1e-2)
)


class Maker:
    """Makes small networks from one seed, and counts them."""

    def __init__(self, *, guided: bool = True) -> None:
        self.guided, self.made = guided, 0

    def __call__(self) -> GuidedRDN:
        self.made += 1
        torch.manual_seed(0)
        return GuidedRDN(blocks=1, layers=1, width=4, guided=self.guided)


def example(seed: int = 0, *, factor: float = 2, guided: bool = True) -> Example:
    coarse = Grid((16, 14, 3), np.diag([2.0, 2.0, 3.0, 1.0]))
    fine = coarse.refined((factor, factor, 1))
    generator = torch.Generator().manual_seed(seed)
    guide = torch.rand(3, 1, *fine.shape[:2], generator=generator) if guided else None
    return Example(torch.rand(3, 1, 16, 14, generator=generator), coarse, fine, guide)


def reference(seed: int = 0, *, guided: bool = True) -> Example:
    """Return an example whose target is on the fine grid."""
    low = example(seed, guided=guided)
    generator = torch.Generator().manual_seed(seed)
    target = torch.rand(3, 1, *low.fine.shape[:2], generator=generator)
    return Example(target, low.fine, low.fine, low.guide)


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten() for value in network.parameters()])


@pytest.fixture
def banks(monkeypatch) -> list:
    """Record the banks of slices that are learned from, and the factors."""
    recorded = []
    learn = Learning.learn

    def record(self, network, bank, factor, **options):
        recorded.append((bank, factor))
        return learn(self, network, bank, factor, **options)

    monkeypatch.setattr(Learning, "learn", record)
    return recorded


def test_an_example_has_no_place_for_a_reference():
    assert [field.name for field in fields(Example)] == ["target", "coarse", "fine", "guide"]


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("stages", [1, 2])
def test_a_shared_network_is_trained_once(guided, stages, banks):
    make, cohort = Maker(guided=guided), [example(n, factor=4, guided=guided) for n in range(2)]
    cascade, curves = External(TINY, stages=stages).fit(make, cohort)
    assert (make.made, len(cascade.networks), len(curves)) == (1, 1, 1)
    assert cascade.stage_factor == pytest.approx(4 ** (1 / stages))
    assert len(cascade.plan(cohort[0].coarse, cohort[0].fine)) == stages
    assert len(curves[0]) == 2
    assert len(banks) == 1


def test_external_learns_from_the_low_resolution_images(banks):
    cohort = [example(0), example(1)]
    External(TINY).fit(Maker(), cohort)
    [(bank, factor)] = banks
    assert factor == pytest.approx(2)
    assert torch.equal(bank.slices[:, :1], torch.cat([case.target for case in cohort]))
    guide = Acquisition(cohort[1].fine, cohort[1].coarse).forward(cohort[1].guide)
    torch.testing.assert_close(bank.slices[3:, 1:], guide)


def test_retraining_trains_one_network_per_stage(banks, tmp_path):
    make, cohort = Maker(), [example(0, factor=4), example(1, factor=4)]
    cascade, curves = External(TINY, stages=2, shared=False).fit(make, cohort, folder=tmp_path)
    assert (make.made, len(cascade.networks), len(curves)) == (2, 2, 2)
    assert not torch.equal(weights(cascade.networks[0]), weights(cascade.networks[1]))
    assert [tuple(bank.slices.shape) for bank, _ in banks] == [(6, 2, 16, 14), (6, 2, 32, 28)]
    assert [factor for _, factor in banks] == [2.0, 2.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stage-1.pt", "stage-2.pt"]


@pytest.mark.parametrize("sharpening", [0.0, 0.1])
def test_a_stage_learns_from_the_estimates_of_the_last(banks, sharpening):
    low = example(0, factor=4)
    cohort = [replace(low, target=1 + low.target / 5)]  # bright, so that no clamp acts
    learning = replace(TINY, sharpening=sharpening)
    External(learning, stages=2, shared=False).fit(Maker(), cohort)
    enlarged = banks[1][0].slices[:, :1]
    again = Acquisition(low.coarse.refined((2, 2, 1)), low.coarse).forward(enlarged)
    error = (again - cohort[0].target).norm() / (cohort[0].target - 1).norm()
    assert error < (0.2 if sharpening else 1e-5)


def test_supervised_learns_from_references(banks):
    cascade, curves = Supervised(TINY).fit(Maker(), [reference(0), reference(1)], 2.0)
    [(bank, factor)] = banks
    assert (bank.slices.shape, factor) == ((6, 2, 32, 28), 2.0)
    assert torch.equal(bank.slices[:3, 1:], reference(0).guide)
    assert (len(cascade.networks), cascade.stage_factor, len(curves)) == (1, 2.0, 1)
    low = example()
    result = cascade.enhance(low.target, low.guide, low.coarse, low.fine)
    assert result.shape == (3, 1, 32, 28)


def test_what_is_learned_with_is_enhanced_with():
    how = BackProjection("iterative", steps=2)
    learning = replace(TINY, back_projection=how, sharpening=0.2)
    for cascade in (
        External(learning).fit(Maker(), [example()])[0],
        Supervised(learning).fit(Maker(), [reference()], 2.0)[0],
    ):
        assert (cascade.back_projection, cascade.sharpening) == (how, 0.2)


@pytest.mark.parametrize("regime", [External(TINY), External(TINY, stages=2, shared=False)])
def test_the_same_seed_gives_the_same_cascade(regime):
    one, same = (regime.fit(Maker(), [example(0)])[0] for _ in range(2))
    for network, other in zip(one.networks, same.networks, strict=True):
        assert torch.equal(weights(network), weights(other))


def test_a_finished_stage_is_not_trained_again(tmp_path):
    regime = External(TINY, stages=2, shared=False)
    first, curves = regime.fit(Maker(), [example()], folder=tmp_path)
    told = []
    again, same = regime.fit(
        Maker(), [example()], folder=tmp_path, progress=lambda *now: told.append(now)
    )
    assert told == []
    assert same == curves
    for network, other in zip(first.networks, again.networks, strict=True):
        assert torch.equal(weights(network), weights(other))


def test_a_checkpoint_serves_its_own_purpose_only(tmp_path):
    """Else a finished training at one factor would pass for one at another."""
    External(TINY).fit(Maker(), [example()], folder=tmp_path)
    others = [
        (TINY, Maker(), [example(factor=4)]),
        (replace(TINY, sharpening=0.1), Maker(), [example()]),
        (TINY, Maker(guided=False), [example(guided=False)]),
        (TINY, Maker(), [example(), example(1)]),
    ]
    for learning, make, cohort in others:
        with pytest.raises(SettingsError, match="other settings; use the same, or another output"):
            External(learning).fit(make, cohort, folder=tmp_path)


@pytest.mark.parametrize(
    "cohort", [[], [reference()], [example(), reference()], [example(), example(factor=4)]]
)
def test_external_needs_something_to_make_finer(cohort):
    with pytest.raises(SettingsError, match="ask for a factor above 1"):
        External(TINY).fit(Maker(), cohort)


def test_rescaled_copies_join_the_bank():
    learning = replace(TINY, rescale=(1.0, 0.5))
    low = example()
    bank = learning.bank([(torch.cat([low.target, low.target], dim=1), low.coarse)])
    assert bank.slices.shape == (6, 2, 16, 14)
    half = Acquisition(low.coarse, low.coarse.coarsened((2, 2, 1))).forward(low.target)
    torch.testing.assert_close(bank.slices[3:, :1, :8, :7], half)
    assert not bank.slices[3:, :, 8:].any()


def test_a_spread_of_factors_surrounds_the_factor():
    sizes = [a.coarse.shape[0] for a in replace(TINY, patch=48, spread=0.3)._acquisitions(2.0)]
    assert min(sizes) < 24 < max(sizes)
    assert 24 in sizes
    assert [a.coarse.shape[0] for a in replace(TINY, patch=48)._acquisitions(2.0)] == [24]


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


def test_training_on_detail_that_the_guide_shows_teaches_it():
    """The target is the guide: what is learned from coarse images beats interpolating them."""
    low = example(0)
    guide = Acquisition(low.fine, low.coarse)
    cohort = [replace(low, target=guide.forward(low.guide))]
    training = TrainingSettings(steps=60, epoch=20, rate=1e-2, averaging=0.9)
    learning = replace(
        TINY, batch=8, patch=12, training=training, augmentation=Augmentation(gain=0.1)
    )
    cascade, curves = External(learning).fit(Maker(), cohort)
    estimate = cascade.enhance(cohort[0].target, low.guide, low.coarse, low.fine)
    interpolated = guide.upsample(cohort[0].target)
    assert curves[0][-1] < curves[0][0]
    assert (estimate - low.guide).norm() < 0.8 * (interpolated - low.guide).norm()


@pytest.mark.parametrize(
    "wrong", [{"patch": 7}, {"batch": 0}, {"rescale": ()}, {"rescale": (1.2,)}, {"rescale": (0.0,)}]
)
def test_learning_is_checked(wrong):
    with pytest.raises(SettingsError, match=r"patches need|rescale wants"):
        Learning(**wrong)


def test_a_cascade_needs_a_stage():
    with pytest.raises(SettingsError, match="at least 1 stage, got 0"):
        External(stages=0)
