"""The networks by the names that weight cards hold."""

from collections.abc import Callable

from torch import nn

from crossres.networks.dense import DCSRN, MDCSRN
from crossres.networks.guided_rdn import GuidedRDN
from crossres.networks.recnn import ReCNN
from crossres.networks.srcnn import SRCNN
from crossres.networks.two_scale import TwoScaleRDN
from crossres.networks.zssr import ZSSRNet

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "guided-rdn": GuidedRDN,
    "two-scale-rdn": TwoScaleRDN,
    "srcnn": SRCNN,
    "dcsrn": DCSRN,
    "mdcsrn": MDCSRN,
    "recnn": ReCNN,
    "zssr": ZSSRNet,
}
"""Classes whose keyword arguments are the ``network_settings`` of a weight card."""
