"""Regimes: what the loop learns from. One final class each."""

from crossres.regimes.external import External
from crossres.regimes.internal import Internal
from crossres.regimes.learning import (
    DegradedPatches,
    Example,
    Learning,
    MakeNetwork,
    Slices,
    patch_acquisition,
)
from crossres.regimes.supervised import Supervised
from crossres.regimes.through_plane import ThroughPlane

__all__ = [
    "DegradedPatches",
    "Example",
    "External",
    "Internal",
    "Learning",
    "MakeNetwork",
    "Slices",
    "Supervised",
    "ThroughPlane",
    "patch_acquisition",
]
