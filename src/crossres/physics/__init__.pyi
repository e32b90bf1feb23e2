"""Slice profiles, the acquisition operator, its back-projection, simulated scans."""

from .acquisition import Acquisition
from .backprojection import (
    BackProjection,
    back_project,
    consistency,
    iterate_back_projection,
    project,
)
from .degradation import degrade

__all__ = [
    "Acquisition",
    "BackProjection",
    "back_project",
    "consistency",
    "degrade",
    "iterate_back_projection",
    "project",
]
