"""What is special to the guided RDN; the laws of every network are in test_registry.py."""

import pytest
from torch import nn

from crossres.networks import GuidedRDN


@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("fusion", ["shared", "per-block"])
@pytest.mark.parametrize("guided", [True, False])
def test_its_settings_build_it_again(norm, fusion, guided):
    network = GuidedRDN(blocks=2, layers=2, width=6, norm=norm, fusion=fusion, guided=guided)
    again = GuidedRDN(**network.settings)
    again.load_state_dict(network.state_dict())
    assert again.settings == network.settings


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
