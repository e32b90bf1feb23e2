"""Networks, one file each; add one by a line in :data:`NETWORKS`."""

from .critic import Critic
from .dense import DCSRN, MDCSRN
from .guided_rdn import GuidedRDN
from .recnn import ReCNN
from .registry import NETWORKS
from .srcnn import SRCNN
from .two_scale import TwoScaleRDN
from .zssr import ZSSRNet

__all__ = [
    "DCSRN",
    "MDCSRN",
    "NETWORKS",
    "SRCNN",
    "Critic",
    "GuidedRDN",
    "ReCNN",
    "TwoScaleRDN",
    "ZSSRNet",
]
