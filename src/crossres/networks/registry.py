"""The networks by name: what a weight card may name."""

from collections.abc import Callable

from torch import nn

from crossres.networks.dense import DCSRN, MDCSRN
from crossres.networks.guided_rdn import GuidedRDN
from crossres.networks.recnn import ReCNN
from crossres.networks.srcnn import SRCNN
from crossres.networks.zssr import ZSSRNet

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "guided-rdn": GuidedRDN,
    "srcnn": SRCNN,
    "dcsrn": DCSRN,
    "mdcsrn": MDCSRN,
    "recnn": ReCNN,
    "zssr": ZSSRNet,
}
