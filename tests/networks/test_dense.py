"""Growth of the features in DCSRN and mDCSRN."""

import pytest
import torch
from torch import nn

from crossres.networks import DCSRN, MDCSRN
from crossres.networks.dense import DenseUnits


def test_the_published_dcsrn_ends_in_144_features():
    network = DCSRN()
    assert (network.first.out_channels, network.last.in_channels) == (48, 144)
    assert [unit[2].out_channels for unit in network.block.units] == [24] * 4


@pytest.mark.parametrize(("growth", "units"), [(1, 1), (3, 2), (5, 4)])
def test_features_of_dcsrn_grow_by_k_per_unit(growth, units):
    network = DCSRN(growth=growth, units=units)
    inputs = [unit[2].in_channels for unit in network.block.units]
    assert inputs == [(2 + n) * growth for n in range(units)]
    assert network.last.in_channels == (2 + units) * growth


def test_a_dense_block_keeps_what_it_is_given():
    features = torch.rand(2, 5, 6, 7)
    grown = DenseUnits(5, 3, 2)(features)
    assert grown.shape == (2, 5 + 2 * 3, 6, 7)
    assert torch.equal(grown[:, :5], features)


def test_each_unit_normalises_then_activates_then_convolves():
    for unit in DenseUnits(4, 2, 3).units:
        assert [type(layer) for layer in unit] == [nn.BatchNorm2d, nn.ELU, nn.Conv2d]


@pytest.mark.parametrize(("blocks", "units", "growth"), [(4, 4, 16), (1, 2, 3), (3, 1, 2)])
def test_compressors_of_mdcsrn_narrow_all_that_came_before_to_2k(blocks, units, growth):
    network = MDCSRN(blocks=blocks, units=units, growth=growth)
    assert network.first.out_channels == 2 * growth
    assert len(network.compressors) == blocks - 1
    gained = (2 + units) * growth
    for number, compressor in enumerate(network.compressors, start=1):
        assert compressor.in_channels == 2 * growth + number * gained
        assert compressor.out_channels == 2 * growth
        assert compressor.kernel_size == (1, 1)
    assert network.last.in_channels == 2 * growth + blocks * gained
    assert network.last.kernel_size == (1, 1)


def test_the_default_mdcsrn_is_b4u4():
    network = MDCSRN()
    assert (len(network.blocks), network.first.out_channels) == (4, 32)
    assert all(len(block.units) == 4 for block in network.blocks)
