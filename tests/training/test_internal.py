"""Internal learning is external learning from the test image alone; it can go on from networks."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import BackProjection
from crossres.training import External, Internal, TrainingSettings
from crossres.types import SettingsError

RETRAINED = {"stages": 2, "shared": False}
SLOW = TrainingSettings(steps=1, epoch=1, rate=1e-7, floor=1e-9, averaging=0.0)


@pytest.fixture
def learned(toys):
    """Return a cascade of two networks that external learning gave."""
    cohort = [toys.example(n) for n in (1, 2)]
    return External(toys.tiny, **RETRAINED).fit(toys.Maker(), cohort)[0]


def states(toys, cascade):
    return [toys.weights(network) for network in cascade.networks]


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("how", [{}, RETRAINED])
def test_internal_is_external_with_a_cohort_of_one(toys, guided, how):
    image = toys.example(guided=guided)
    own, curves = Internal(toys.tiny, **how).fit(toys.Maker(guided=guided), image)
    other, same = External(toys.tiny, **how).fit(toys.Maker(guided=guided), [image])
    assert curves == same
    assert own.stage_factor == other.stage_factor
    for one, two in zip(states(toys, own), states(toys, other), strict=True):
        assert torch.equal(one, two)


def test_only_the_image_is_learned_from(toys, banks):
    image = toys.example()
    Internal(toys.tiny).fit(toys.Maker(), image)
    [(bank, _)] = banks
    assert torch.equal(bank.slices[:, :1], image.target)


def test_adaptation_starts_from_the_given_networks(toys, learned):
    slow = replace(toys.tiny, training=SLOW)
    adapted, _ = Internal(slow, **RETRAINED).adapt(learned, toys.example())
    fresh, _ = Internal(slow, **RETRAINED).fit(toys.Maker(), toys.example())
    for number, network in enumerate(adapted.networks):
        parameters, given, new = (
            torch.cat([parameter.flatten() for parameter in each.parameters()])
            for each in (network, learned.networks[number], fresh.networks[number])
        )
        torch.testing.assert_close(parameters, given, rtol=0, atol=1e-6)
        assert not torch.allclose(parameters, new, rtol=0, atol=1e-3)


def test_adaptation_learns(toys, learned):
    adapted, curves = Internal(toys.tiny, **RETRAINED).adapt(learned, toys.example())
    assert [len(curve) for curve in curves] == [2, 2]
    for one, two in zip(states(toys, adapted), states(toys, learned), strict=True):
        assert not torch.equal(one, two)


def test_adaptation_leaves_the_given_cascade_as_it_is(toys, learned):
    before = [state.clone() for state in states(toys, learned)]
    adapted, _ = Internal(toys.tiny, **RETRAINED).adapt(learned, toys.example())
    for state, given in zip(states(toys, learned), before, strict=True):
        assert torch.equal(state, given)
    for network in (*learned.networks, *adapted.networks):
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())


def test_adaptation_sharpens_its_own_way(toys, learned):
    learning = replace(toys.tiny, back_projection=BackProjection("none"))
    adapted, _ = Internal(learning, **RETRAINED).adapt(learned, toys.example())
    assert adapted.back_projection.kind == "none"
    assert adapted.back_projection != learned.back_projection


@pytest.mark.parametrize("how", [{}, {"stages": 3, "shared": False}])
def test_a_cascade_of_another_number_of_networks_is_refused(toys, learned, how):
    with pytest.raises(SettingsError, match=r"wanted a cascade of \d networks .* got 2"):
        Internal(toys.tiny, **how).adapt(learned, toys.example())


@pytest.mark.parametrize("adapting", [True, False])
def test_an_interrupted_internal_learning_goes_on_where_it_was(toys, learned, tmp_path, adapting):
    regime, told = Internal(toys.tiny, **RETRAINED), []

    def learn(**options):
        if adapting:
            return regime.adapt(learned, toys.example(), **options)[0]
        return regime.fit(toys.Maker(), toys.example(), **options)[0]

    def stop(step, _):
        told.append(step)
        if len(told) == 7:
            raise KeyboardInterrupt

    straight = learn()
    for _ in range(2):
        try:
            resumed = learn(folder=tmp_path, progress=stop)
        except KeyboardInterrupt:
            continue
    assert told == [1, 2, 3, 4, 1, 2, 3, 3, 4]
    for one, two in zip(states(toys, straight), states(toys, resumed), strict=True):
        assert torch.equal(one, two)


def test_a_cascade_needs_a_stage():
    with pytest.raises(SettingsError, match="at least 1 stage, got 0"):
        Internal(stages=0)
