"""The network of zero-shot super-resolution is small and plain."""

from torch import nn

from crossres.networks import ReCNN, ZSSRNet


def test_it_has_eight_convolutions_of_64_filters():
    convolutions = [m for m in ZSSRNet().modules() if isinstance(m, nn.Conv2d)]
    assert [conv.out_channels for conv in convolutions] == [64] * 7 + [1]
    assert {conv.kernel_size for conv in convolutions} == {(3, 3)}


def test_it_is_unguided_unless_requested():
    assert ZSSRNet().guided is False
    assert ZSSRNet(guided=True, width=4).body[0].in_channels == 2


def test_it_is_smaller_than_recnn():
    sizes = [sum(p.numel() for p in network.parameters()) for network in (ZSSRNet(), ReCNN())]
    assert sizes[0] < sizes[1]
