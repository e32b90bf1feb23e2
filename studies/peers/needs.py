"""What each method needs, for the table."""

from __future__ import annotations

from typing import NamedTuple


class Needs(NamedTuple):
    """What a lab must have.

    Args:
        guide: A second contrast.
        gpu: A GPU, to run in reasonable time.
        training: What is trained on, and when.
        licence: Of the software.
    """

    guide: str
    gpu: str
    training: str
    licence: str


OURS = "Apache-2.0"
SHIPPED = "degraded scans, once; weights are shipped"
NEEDS = {
    "cubic": Needs("no", "no", "none", OURS),
    "projection": Needs("no", "no", "none", OURS),
    "ants-lanczos": Needs("no", "no", "none", "Apache-2.0"),
    "ants-bspline": Needs("no", "no", "none", "Apache-2.0"),
    "guided-filter": Needs("yes", "no", "none", OURS),
    "guided-filter-projected": Needs("yes", "no", "none", OURS),
    "regression": Needs("yes", "no", "none", OURS),
    "nonlocal-means": Needs("yes", "no", "none", OURS),
    "paper": Needs("yes", "for its training", "degraded scans of 15 subjects, once", OURS),
    "eclare": Needs("no", "yes", "the scan itself, each time", "GPL-3.0"),
    "crossres-unguided": Needs("no", "no", SHIPPED, OURS),
    "crossres": Needs("yes", "no", SHIPPED, OURS),
    "crossres-gaussian": Needs("yes", "no", SHIPPED, OURS),
}
"""By method; the guided filter and non-local means are code of this study."""
UNKNOWN = Needs("", "", "", "")
"""Of results that were made elsewhere."""
