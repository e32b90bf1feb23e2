"""Internal training is external training on the test image alone, from given networks or not."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import BackProjection
from crossres.training import External, Internal, TrainingSettings
from crossres.types import SettingsError

RETRAINED = {"stages": 2, "shared": False}
SLOW = TrainingSettings(steps=1, epoch=1, rate=1e-7, floor=1e-9, averaging=0.0)


@pytest.fixture
def pretrained(toys):
    """Return a cascade of two networks from external training."""
    cohort = [toys.example(n) for n in (1, 2)]
    return External(toys.tiny, **RETRAINED).fit(toys.Maker(), cohort)[0]


def states(toys, cascade):
    return [toys.weights(network) for network in cascade.networks]


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("stages", [{}, RETRAINED])
def test_internal_is_external_with_a_cohort_of_one(toys, guided, stages):
    image = toys.example(guided=guided)
    own, curves = Internal(toys.tiny, **stages).fit(toys.Maker(guided=guided), image)
    other, same = External(toys.tiny, **stages).fit(toys.Maker(guided=guided), [image])
    assert curves == same
    assert own.stage_factor == other.stage_factor
    for one, two in zip(states(toys, own), states(toys, other), strict=True):
        assert torch.equal(one, two)


def test_only_the_image_is_trained_on(toys, banks):
    image = toys.example()
    Internal(toys.tiny).fit(toys.Maker(), image)
    [(bank, _)] = banks
    assert torch.equal(bank.slices[:, :1], image.target)


def test_adaptation_starts_from_the_given_networks(toys, pretrained):
    slow = replace(toys.tiny, training=SLOW)
    adapted, _ = Internal(slow, **RETRAINED).adapt(pretrained, toys.example())
    fresh, _ = Internal(slow, **RETRAINED).fit(toys.Maker(), toys.example())
    for number, network in enumerate(adapted.networks):
        parameters, given, new = (
            torch.cat([parameter.flatten() for parameter in each.parameters()])
            for each in (network, pretrained.networks[number], fresh.networks[number])
        )
        torch.testing.assert_close(parameters, given, rtol=0, atol=1e-6)
        assert not torch.allclose(parameters, new, rtol=0, atol=1e-3)


def test_adaptation_changes_the_networks(toys, pretrained):
    adapted, curves = Internal(toys.tiny, **RETRAINED).adapt(pretrained, toys.example())
    assert [len(curve) for curve in curves] == [2, 2]
    for one, two in zip(states(toys, adapted), states(toys, pretrained), strict=True):
        assert not torch.equal(one, two)


def test_adaptation_leaves_the_given_cascade_as_it_is(toys, pretrained):
    before = [state.clone() for state in states(toys, pretrained)]
    adapted, _ = Internal(toys.tiny, **RETRAINED).adapt(pretrained, toys.example())
    for state, given in zip(states(toys, pretrained), before, strict=True):
        assert torch.equal(state, given)
    for network in (*pretrained.networks, *adapted.networks):
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_adaptation_uses_its_own_back_projection(toys, pretrained):
    learning = replace(toys.tiny, back_projection=BackProjection("none"))
    adapted, _ = Internal(learning, **RETRAINED).adapt(pretrained, toys.example())
    assert adapted.back_projection.kind == "none"
    assert adapted.back_projection != pretrained.back_projection


@pytest.mark.parametrize("stages", [{}, {"stages": 3, "shared": False}])
def test_a_cascade_of_another_number_of_networks_is_refused(toys, pretrained, stages):
    with pytest.raises(
        SettingsError, match=r"`cascade` must hold \d networks to continue from, got 2"
    ):
        Internal(toys.tiny, **stages).adapt(pretrained, toys.example())


@pytest.mark.parametrize("adapting", [True, False])
def test_an_interrupted_internal_training_resumes(toys, pretrained, tmp_path, adapting):
    regime, calls = Internal(toys.tiny, **RETRAINED), []

    def fit(**options):
        if adapting:
            return regime.adapt(pretrained, toys.example(), **options)[0]
        return regime.fit(toys.Maker(), toys.example(), **options)[0]

    def stop(step, _):
        calls.append(step)
        if len(calls) == 7:
            raise KeyboardInterrupt

    straight = fit()
    for _ in range(2):
        try:
            resumed = fit(folder=tmp_path, progress=stop)
        except KeyboardInterrupt:
            continue
    assert calls == [1, 2, 3, 4, 1, 2, 3, 3, 4]
    for one, two in zip(states(toys, straight), states(toys, resumed), strict=True):
        assert torch.equal(one, two)


def test_a_cascade_needs_a_stage():
    with pytest.raises(SettingsError, match=r"`stages` must be .* at least 1 and at most 8, got 0"):
        Internal(stages=0)
