"""Laws of every network in NETWORKS, and what is special to the guided RDN."""

import pytest
import torch
from torch import nn

from crossres.networks import NETWORKS, GuidedRDN
from crossres.types import SettingsError

CASES = [
    ("guided-rdn", {"norm": norm, "fusion": fusion, "guided": guided})
    for norm in ("batch", "none")
    for fusion in ("shared", "per-block")
    for guided in (True, False)
]
SMALL = {"guided-rdn": {"blocks": 2, "layers": 2, "width": 6}}


def build(name: str, settings: dict, *, awake: bool = True) -> nn.Module:
    """Return a small network; ``awake`` ones have left their start, where they add nothing."""
    torch.manual_seed(0)
    network = NETWORKS[name](**SMALL[name], **settings)
    if awake:
        with torch.no_grad():
            for parameter in network.out.parameters():
                parameter.normal_(0, 0.3)
    return network


def images(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.rand(2, 1, *shape), torch.rand(2, 1, *shape)


def test_every_network_is_tested():
    assert {name for name, _ in CASES} == set(NETWORKS)


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("shape", [(9, 7), (1, 5), (16, 3)])
def test_shape_is_kept(name, settings, shape):
    upsampled, guide = images(*shape)
    assert build(name, settings)(upsampled, guide).shape == upsampled.shape


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_adds_nothing_at_first(name, settings):
    upsampled, guide = images(9, 7)
    torch.testing.assert_close(build(name, settings, awake=False)(upsampled, guide), upsampled)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_uses_the_guide_if_and_only_if_guided(name, settings):
    network = build(name, settings).eval()
    upsampled, guide = images(9, 7)
    changed = torch.equal(network(upsampled, guide), network(upsampled, guide.flip(2)))
    assert changed is not settings["guided"]
    assert network.guided is settings["guided"]


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_uses_the_target(name, settings):
    network = build(name, settings).eval()
    upsampled, guide = images(9, 7)
    added = [network(image, guide) - image for image in (upsampled, upsampled.flip(2))]
    assert not torch.allclose(*added)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_gradient_reaches_every_parameter(name, settings):
    network = build(name, settings)
    upsampled, guide = images(12, 11)
    (network(upsampled, guide) - torch.rand(2, 1, 12, 11)).square().sum().backward()
    unreached = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert unreached == []


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_slices_of_a_batch_do_not_mix_when_enhancing(name, settings):
    network = build(name, settings).eval()
    upsampled, guide = images(9, 7)
    alone = network(upsampled[:1], guide[:1])
    torch.testing.assert_close(network(upsampled, guide)[:1], alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_its_settings_build_it_again(name, settings):
    network = build(name, settings)
    again = NETWORKS[name](**network.settings)
    again.load_state_dict(network.state_dict())
    assert again.settings == network.settings


@pytest.mark.parametrize("name", NETWORKS)
def test_a_guided_network_wants_its_guide(name):
    network = build(name, {"guided": True})
    with pytest.raises(SettingsError, match="give it the guide on the fine grid"):
        network(images(9, 7)[0])


@pytest.mark.parametrize("name", NETWORKS)
def test_an_unguided_network_needs_none(name):
    upsampled, _ = images(9, 7)
    assert build(name, {"guided": False})(upsampled).shape == upsampled.shape


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_the_default_is_of_the_papers_size(norm):
    count = sum(parameter.numel() for parameter in GuidedRDN(norm=norm).parameters())
    assert 0.2e6 <= count <= 1.5e6


@pytest.mark.parametrize("blocks", [1, 3])
def test_the_guide_enters_every_block(blocks):
    guided = GuidedRDN(blocks=blocks, layers=2, width=6)
    plain = GuidedRDN(blocks=blocks, layers=2, width=6, guided=False)
    for with_guide, without in zip(guided.blocks, plain.blocks, strict=True):
        assert with_guide.layers[0][0].in_channels == 12
        assert without.layers[0][0].in_channels == 6


@pytest.mark.parametrize(("norm", "expected"), [("batch", True), ("none", False)])
def test_normalisation_can_be_chosen(norm, expected):
    network = GuidedRDN(blocks=1, layers=1, width=4, norm=norm)
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules()) is expected


@pytest.mark.parametrize("wrong", [{"blocks": 0}, {"layers": 0}, {"width": 0}])
def test_sizes_are_checked(wrong):
    with pytest.raises(SettingsError, match="at least 1"):
        GuidedRDN(**wrong)
