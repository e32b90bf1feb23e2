"""External training uses low-resolution images alone, stage by stage."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import Acquisition, BackProjection
from crossres.training import Augmentation, External, TrainingSettings
from crossres.types import SettingsError


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("stages", [1, 2])
def test_a_shared_network_is_trained_once(toys, guided, stages, banks):
    make = toys.Maker(guided=guided)
    cohort = [toys.example(n, factor=4, guided=guided) for n in range(2)]
    cascade, curves = External(toys.tiny, stages=stages).fit(make, cohort)
    assert (make.made, len(cascade.networks), len(curves)) == (1, 1, 1)
    assert cascade.stage_factor == pytest.approx(4 ** (1 / stages))
    assert len(cascade.plan(cohort[0].coarse, cohort[0].fine)) == stages
    assert len(curves[0]) == 2
    assert len(banks) == 1


def test_the_low_resolution_images_are_trained_on(toys, banks):
    cohort = [toys.example(0), toys.example(1)]
    External(toys.tiny).fit(toys.Maker(), cohort)
    [(bank, factor)] = banks
    assert factor == pytest.approx(2)
    assert torch.equal(bank.slices[:, :1], torch.cat([case.target for case in cohort]))
    guide = Acquisition(cohort[1].fine, cohort[1].coarse).forward(cohort[1].guide)
    torch.testing.assert_close(bank.slices[3:, 1:], guide)


def test_retraining_trains_one_network_per_stage(toys, banks, tmp_path):
    make, cohort = toys.Maker(), [toys.example(0, factor=4), toys.example(1, factor=4)]
    cascade, curves = External(toys.tiny, stages=2, shared=False).fit(make, cohort, folder=tmp_path)
    assert (make.made, len(cascade.networks), len(curves)) == (2, 2, 2)
    first, second = (toys.weights(network) for network in cascade.networks)
    assert not torch.equal(first, second)
    assert [tuple(bank.slices.shape) for bank, _ in banks] == [(6, 2, 16, 14), (6, 2, 32, 28)]
    assert [factor for _, factor in banks] == [2.0, 2.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stage-1.pt", "stage-2.pt"]


@pytest.mark.parametrize("deblur_noise", [0.0, 0.1])
def test_a_stage_is_trained_on_the_estimates_of_the_last(toys, banks, deblur_noise):
    low = toys.example(0, factor=4)
    cohort = [replace(low, target=1 + low.target / 5)]  # bright, so that no clamp acts
    learning = replace(toys.tiny, deblur_noise=deblur_noise)
    External(learning, stages=2, shared=False).fit(toys.Maker(), cohort)
    enlarged = banks[1][0].slices[:, :1]
    again = Acquisition(low.coarse.refined((2, 2, 1)), low.coarse).forward(enlarged)
    error = (again - cohort[0].target).norm() / (cohort[0].target - 1).norm()
    assert error < (0.2 if deblur_noise else 1e-5)


def test_the_cohort_is_enlarged_without_back_projection_that_waits_for_the_end(toys, banks):
    low = toys.example(0, factor=4)
    cohort = [replace(low, target=1 + low.target / 5)]
    errors = []
    for between in (True, False):
        learning = replace(toys.tiny, back_projection=BackProjection(between=between))
        External(learning, stages=2, shared=False).fit(toys.Maker(), cohort)
        enlarged = banks[-1][0].slices[:, :1]
        again = Acquisition(low.coarse.refined((2, 2, 1)), low.coarse).forward(enlarged)
        errors.append(float((again - cohort[0].target).norm()))
    assert errors[0] < 1e-4 < errors[1]


def test_the_cascade_has_the_settings_of_the_training(toys):
    method = BackProjection("iterative", steps=2)
    learning = replace(toys.tiny, back_projection=method, deblur_noise=0.2)
    cascade, _ = External(learning).fit(toys.Maker(), [toys.example()])
    assert (cascade.back_projection, cascade.deblur_noise) == (method, 0.2)


@pytest.mark.parametrize("more", [{}, {"stages": 2, "shared": False}])
def test_the_same_seed_gives_the_same_cascade(toys, more):
    regime = External(toys.tiny, **more)
    one, same = (regime.fit(toys.Maker(), [toys.example(0)])[0] for _ in range(2))
    for network, other in zip(one.networks, same.networks, strict=True):
        assert torch.equal(toys.weights(network), toys.weights(other))


def test_a_finished_stage_is_not_trained_again(toys, tmp_path):
    regime = External(toys.tiny, stages=2, shared=False)
    first, curves = regime.fit(toys.Maker(), [toys.example()], folder=tmp_path)
    calls = []
    again, same = regime.fit(
        toys.Maker(), [toys.example()], folder=tmp_path, progress=lambda *now: calls.append(now)
    )
    assert calls == []
    assert same == curves
    for network, other in zip(first.networks, again.networks, strict=True):
        assert torch.equal(toys.weights(network), toys.weights(other))


def test_a_checkpoint_serves_its_own_purpose_only(toys, tmp_path):
    """Else a finished training at one factor would pass for one at another."""
    Maker, example = toys.Maker, toys.example
    External(toys.tiny).fit(Maker(), [example()], folder=tmp_path)
    others = [
        (toys.tiny, Maker(), [example(factor=4)]),
        (replace(toys.tiny, deblur_noise=0.1), Maker(), [example()]),
        (toys.tiny, Maker(guided=False), [example(guided=False)]),
        (toys.tiny, Maker(), [example(), example(1)]),
    ]
    for learning, make, cohort in others:
        with pytest.raises(SettingsError, match="other settings; use the same, or another output"):
            External(learning).fit(make, cohort, folder=tmp_path)


def test_external_needs_something_to_make_finer(toys):
    low, fine = toys.example(), toys.reference()
    for cohort in ([], [fine], [low, fine], [low, toys.example(factor=4)]):
        with pytest.raises(SettingsError, match="choose one `factor` above 1"):
            External(toys.tiny).fit(toys.Maker(), cohort)


def test_simulated_images_are_trained_on_as_they_are(toys, banks):
    low, fine = toys.example(), toys.reference()
    External(toys.tiny).fit(toys.Maker(), [low], simulated=[fine])
    [(bank, factor)] = banks
    assert factor == pytest.approx(2)
    assert torch.equal(bank.slices[:3], torch.cat([fine.target, fine.guide], dim=1))
    assert torch.equal(bank.slices[3:, :1, :16, :14], low.target)


def test_retrained_stages_take_no_simulated_images(toys):
    regime = External(toys.tiny, stages=2, shared=False)
    with pytest.raises(SettingsError, match="leave `simulated` out"):
        regime.fit(toys.Maker(), [toys.example(factor=4)], simulated=[toys.reference()])


def test_detail_that_the_guide_shows_is_recovered(toys):
    """The target is the guide: the trained cascade has a smaller error than interpolation."""
    low = toys.example(0)
    guide = Acquisition(low.fine, low.coarse)
    cohort = [replace(low, target=guide.forward(low.guide))]
    training = TrainingSettings(steps=60, epoch=20, rate=1e-2, averaging=0.9)
    learning = replace(
        toys.tiny, batch=8, patch=12, training=training, augmentation=Augmentation(gain=0.1)
    )
    cascade, curves = External(learning).fit(toys.Maker(), cohort)
    estimate = cascade.enhance(cohort[0].target, low.guide, low.coarse, low.fine)
    interpolated = guide.upsample(cohort[0].target)
    assert curves[0][-1] < curves[0][0]
    assert (estimate - low.guide).norm() < 0.8 * (interpolated - low.guide).norm()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"learning": None}, "`learning` must be of type PatchTraining, got None"),
        ({"stages": 0}, "`stages` must be a whole number of at least 1 and at most 8, got 0"),
        ({"shared": 1}, "`shared` must be of type bool, got 1"),
        ({"pseudo_targets": "yes"}, "`pseudo_targets` must be of type bool, got 'yes'"),
        ({"pseudo_targets": True, "shared": False}, "`pseudo_targets` must be False where"),
    ],
)
def test_settings_are_checked(refused, wrong, message):
    with refused(message):
        External(**wrong)
