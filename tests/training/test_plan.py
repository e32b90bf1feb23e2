"""A recipe holds a network and a regime of the package or of the user, and trains them."""

from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import nn

from crossres.networks import SRCNN
from crossres.training import External, PatchTraining, Recipe, Supervised, ThroughPlane, recipe
from crossres.types import SettingsError

SMALL = {"blocks": 1, "layers": 1, "width": 4}


class Plain(nn.Module):
    """A network of the user's."""

    guided = True

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.layer = nn.Conv2d(2, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, upsampled, guide=None):
        return upsampled + self.out(self.layer(torch.cat([upsampled, guide], dim=1)))


def plain(width: int) -> nn.Module:
    return Plain(width)


def no_network(**_) -> int:
    return 3


def srcnn() -> nn.Module:
    return SRCNN()


@dataclass(frozen=True)
class Fixed:
    """What a regime must have."""

    learning: PatchTraining = field(default_factory=PatchTraining)

    @property
    def stages(self):
        return 2

    @property
    def sources(self):
        return ()

    def fit(self, make, examples, *, simulated=(), folder=None, progress=None):
        return External(self.learning, self.stages).fit(make, examples)


def flat(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


@pytest.mark.parametrize("network", [Plain, plain])
def test_a_class_or_a_function_is_a_network(network):
    plan = Recipe(network, {"width": 6})
    assert plan.network_name == network.__name__
    assert plan.make().out.in_channels == 6
    assert torch.equal(flat(plan.make()), flat(plan.make())), "the seed decides the start"


def test_a_regime_is_any_dataclass_with_its_interface(toys):
    plan = Recipe("guided-rdn", SMALL, Fixed(toys.tiny))
    cascade, curves = plan.fit([toys.example(factor=4)])
    assert (cascade.stage_factor, len(curves[0])) == (2.0, 2)
    assert plan.with_training(steps=2).regime == Fixed(
        replace(toys.tiny, training=replace(toys.tiny.training, steps=2))
    )


def test_fit_is_the_fit_of_the_regime(toys):
    plan = Recipe("guided-rdn", SMALL, External(toys.tiny))
    low, more = toys.example(), toys.reference()
    cascade, curves = plan.fit([low], simulated=[more])
    other, same = plan.regime.fit(plan.make, [low], simulated=[more])
    assert curves == same
    assert torch.equal(flat(cascade.networks[0]), flat(other.networks[0]))
    assert not torch.equal(flat(plan.fit([low])[0].networks[0]), flat(cascade.networks[0]))


def test_fit_resumes_from_its_folder_and_reports_steps(toys, tmp_path):
    plan, calls = Recipe("guided-rdn", SMALL, External(toys.tiny)), []
    options = {"folder": tmp_path, "progress": lambda *now: calls.append(now)}
    first, _ = plan.fit([toys.example()], **options)
    again, _ = plan.fit([toys.example()], **options)
    assert calls == [(step, 4) for step in range(1, 5)]
    assert torch.equal(flat(first.networks[0]), flat(again.networks[0]))


def test_an_absent_device_is_refused(toys):
    with pytest.raises(SettingsError, match="no device is named 'tpu'"):
        Recipe("guided-rdn", SMALL).fit([toys.example()], device="tpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NO GPU")
def test_fit_trains_on_a_gpu(toys):
    cascade, _ = Recipe("guided-rdn", SMALL, External(toys.tiny)).fit(
        [toys.example()], device="cuda"
    )
    assert next(cascade.networks[0].parameters()).device.type == "cuda"


def test_kept_states_are_restored(toys):
    plan = Recipe("guided-rdn", SMALL, External(toys.tiny, stages=2))
    network = plan.with_training(seed=5).make()
    restored = plan.restored([network.state_dict()], 4.0)
    assert torch.equal(flat(restored.networks[0]), flat(network))
    assert restored.stage_factor == 2.0
    assert not restored.networks[0].training


def test_supervised_uses_references_as_they_are(toys):
    plan = Recipe("guided-rdn", SMALL, External(replace(toys.tiny, deblur_noise=0.1)))
    assert plan.supervised == Supervised(toys.tiny)


def test_stages_can_be_changed_where_a_regime_has_them():
    assert recipe("default", 4.0).with_stages(3).regime.stages == 3
    with pytest.raises(SettingsError, match="`stages` must be left out: ThroughPlane trains 1"):
        Recipe("guided-rdn", {}, ThroughPlane()).with_stages(3)


@pytest.mark.parametrize(
    ("network", "settings", "regime", "message"),
    [
        ("unknown", {}, External(), "`network` must be one of guided-rdn, .* got 'unknown'"),
        (lambda: Plain(), {}, External(), "define a function or a class"),
        (srcnn, {}, External(), "`network` must have a name that the package does not use"),
        (Plain, [], External(), r"`settings` must be of type dict, got \[\]"),
        (Plain, {"rate": 0.5}, External(), "`settings` must hold int, bool or str, got rate=0.5"),
        (Plain, {}, PatchTraining(), "`regime` must be of type Regime, got PatchTraining"),
    ],
)
def test_recipes_are_checked(refused, network, settings, regime, message):
    with refused(message):
        Recipe(network, settings, regime)


def test_what_returns_no_network_is_refused():
    with pytest.raises(SettingsError, match="`network` must be of type Module, got 3"):
        Recipe(no_network, {}).make()
