"""Laws of every network in NETWORKS."""

import pytest
import torch
from torch import nn

from crossres.networks import NETWORKS
from crossres.types import SettingsError

SMALL = {
    "guided-rdn": {"blocks": 2, "layers": 2, "width": 6},
    "two-scale-rdn": {"blocks": 2, "layers": 2, "fine": 6, "width": 8, "fine_layers": 1},
    "srcnn": {"widths": (6, 4)},
    "dcsrn": {"growth": 4, "units": 2},
    "mdcsrn": {"growth": 4, "units": 2, "blocks": 3},
    "recnn": {"layers": 3, "width": 6},
    "zssr": {"layers": 3, "width": 6},
}
GUIDABLE = ["guided-rdn", "two-scale-rdn", "recnn", "zssr"]
RDN = [
    ("guided-rdn", {"norm": norm, "fusion": fusion, "guided": guided})
    for norm in ("batch", "none")
    for fusion in ("shared", "per-block")
    for guided in (True, False)
]
TWO_SCALE = [
    ("two-scale-rdn", {"norm": norm, "guided": guided})
    for norm in ("batch", "none")
    for guided in (True, False)
]
PLAIN = [(name, {"guided": g}) for name in ("recnn", "zssr") for g in (True, False)]
RESIDUAL = [*RDN, *TWO_SCALE, *PLAIN]
CASES = [*RESIDUAL, ("srcnn", {"middle": 1}), ("srcnn", {}), ("dcsrn", {}), ("mdcsrn", {})]


def build(name: str, settings: dict, *, active: bool = True) -> nn.Module:
    """Return a small network; ``active`` ones have left their start, where they add nothing."""
    torch.manual_seed(0)
    network = NETWORKS[name](**SMALL[name], **settings)
    if active and hasattr(network, "out"):
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


@pytest.mark.parametrize(("name", "settings"), RESIDUAL)
def test_a_residual_network_adds_nothing_at_first(name, settings):
    upsampled, guide = images(9, 7)
    torch.testing.assert_close(build(name, settings, active=False)(upsampled, guide), upsampled)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_uses_the_guide_if_and_only_if_guided(name, settings):
    network = build(name, settings).eval()
    upsampled, guide = images(9, 7)
    unused = torch.equal(network(upsampled, guide), network(upsampled, guide.flip(2)))
    assert network.guided is settings.get("guided", False)
    assert unused is not network.guided


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
def test_the_input_is_left_as_it_is(name, settings):
    upsampled, guide = images(9, 7)
    given = upsampled.clone(), guide.clone()
    build(name, settings)(upsampled, guide)
    assert torch.equal(upsampled, given[0])
    assert torch.equal(guide, given[1])


@pytest.mark.parametrize("name", GUIDABLE)
def test_a_guided_network_requires_its_guide(name):
    network = build(name, {"guided": True})
    with pytest.raises(SettingsError, match="give it the guide on the fine grid"):
        network(images(9, 7)[0])


@pytest.mark.parametrize("name", NETWORKS)
def test_an_unguided_network_needs_none(name):
    upsampled, _ = images(9, 7)
    settings = {"guided": False} if name in GUIDABLE else {}
    assert build(name, settings)(upsampled).shape == upsampled.shape


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("guided-rdn", {size: 0}) for size in ("blocks", "layers", "width")),
        ("guided-rdn", {"norm": "layer"}), ("guided-rdn", {"fusion": "late"}),
        *(("two-scale-rdn", {size: 0}) for size in ("fine", "width", "blocks", "layers")),
        ("two-scale-rdn", {"fine_layers": -1}),
        ("two-scale-rdn", {"norm": "layer"}),
        ("srcnn", {"middle": 0}), ("srcnn", {"middle": 4}), ("srcnn", {"widths": (8, 0)}),
        ("dcsrn", {"growth": 0}), ("dcsrn", {"units": 0}),
        *(("mdcsrn", {size: 0}) for size in ("blocks", "units", "growth")),
        ("recnn", {"layers": 1}), ("recnn", {"width": 0}), ("recnn", {"dims": 4}),
        ("zssr", {"layers": 1}), ("zssr", {"width": 0}),
    ],
)  # fmt: skip
def test_settings_are_checked(name, wrong):
    with pytest.raises(SettingsError):
        NETWORKS[name](**wrong)
