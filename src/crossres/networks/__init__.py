"""Networks, one file each; add one by a line in NETWORKS."""

from crossres.networks.guided_rdn import GuidedRDN

NETWORKS = {"guided-rdn": GuidedRDN}

__all__ = ["NETWORKS", "GuidedRDN"]
