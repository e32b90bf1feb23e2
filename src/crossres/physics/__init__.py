"""What the scanner did: slice profiles, the acquisition operator and its back-projection."""

from crossres.physics.acquisition import Acquisition
from crossres.physics.backprojection import (
    BackProjection,
    back_project,
    consistency,
    iterate_back_projection,
    project,
)

__all__ = [
    "Acquisition",
    "BackProjection",
    "back_project",
    "consistency",
    "iterate_back_projection",
    "project",
]
