"""What is special to the two-scale RDN; the laws of every network are in test_registry.py."""

import pytest
import torch
from torch import nn

from crossres.inference import Cascade
from crossres.networks import TwoScaleRDN
from crossres.networks.folding import folded

SMALL = {"fine": 4, "width": 6, "blocks": 1, "layers": 1}
REACH = 12
"""Pixels at the border of an image that the padding of the small network may change."""


def trained(**settings) -> TwoScaleRDN:
    """Return a network with statistics in its normalisations and weights in its last layer."""
    torch.manual_seed(0)
    network = TwoScaleRDN(**{**SMALL, **settings})
    for parameter in network.out.parameters():
        nn.init.normal_(parameter)
    for _ in range(3):
        network(1 + 3 * torch.rand(2, 1, 12, 10), torch.rand(2, 1, 12, 10))
    return network.double().eval()


def images(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.rand(1, 1, *shape).double(), torch.rand(1, 1, *shape).double()


def inside(image: torch.Tensor) -> torch.Tensor:
    return image[:, :, REACH : 40 - REACH, REACH : 40 - REACH]


@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("fine_layers", [0, 2])
def test_its_settings_build_it_again(norm, guided, fine_layers):
    network = TwoScaleRDN(**SMALL, norm=norm, guided=guided, fine_layers=fine_layers)
    again = TwoScaleRDN(**network.settings)
    again.load_state_dict(network.state_dict())
    assert again.settings == network.settings


@pytest.mark.parametrize("shape", [(41, 40), (40, 41), (41, 41)])
def test_an_odd_image_is_an_even_one_inside(shape):
    network = trained()
    target, guide = images(*shape)
    even = network(target[:, :, :40, :40], guide[:, :, :40, :40])
    torch.testing.assert_close(inside(network(target, guide)), inside(even))


def test_the_last_row_of_an_odd_image_is_repeated():
    network = trained()
    given = images(9, 7)
    repeated = [nn.functional.pad(image, (0, 1, 0, 1), mode="replicate") for image in given]
    torch.testing.assert_close(network(*given), network(*repeated)[:, :, :9, :7])


@pytest.mark.parametrize("axis", [2, 3])
def test_a_shift_by_two_pixels_shifts_the_estimate(axis):
    network = trained()
    given = images(40, 40)
    shifted = network(*(image.roll(2, axis) for image in given))
    torch.testing.assert_close(inside(shifted), inside(network(*given).roll(2, axis)))


@pytest.mark.parametrize("fine_layers", [0, 2])
@pytest.mark.parametrize("guided", [True, False])
def test_folding_leaves_no_normalisation_and_changes_no_estimate(guided, fine_layers):
    network = trained(guided=guided, fine_layers=fine_layers)
    (ready,) = Cascade((network,)).ready().networks
    assert not any(isinstance(module, nn.BatchNorm2d) for module in ready.modules())
    torch.testing.assert_close(ready(*images(9, 7)), network(*images(9, 7)))


def test_the_memory_format_changes_no_estimate():
    network = folded(trained())
    expected = network(*images(9, 8))
    other = network.to(memory_format=torch.channels_last)
    given = (image.to(memory_format=torch.channels_last) for image in images(9, 8))
    torch.testing.assert_close(other(*given), expected)


def test_the_trunk_works_on_half_the_grid_and_the_fine_block_on_the_grid():
    network = trained(fine_layers=1)
    seen = []
    for block in (network.blocks[0], network.fine_block):
        block.register_forward_hook(lambda _, given, __: seen.append(given[0].shape))
    network(*images(9, 8))
    assert seen == [(1, 6, 5, 4), (1, 4, 10, 8)]
