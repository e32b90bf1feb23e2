"""Bring a guide to a target: rigid registration and anti-aliased resampling."""

from .alignment import Aligned, align
from .refinement import Inside
from .resampling import Interpolation, antialias_fwhm, field_of_view, resample
from .rigid import (
    MIN_DISTINCTNESS,
    MIN_GAIN,
    MIN_OVERLAP,
    MIN_SIMILARITY,
    Registration,
    register_rigid,
)
from .same_contrast import SameContrast, register_same_contrast
from .search import Start
from .shared_mask import resample_within_mask, share_mask
from .similarity import distinctness, overlap, similarity
from .transform import RigidTransform

__all__ = [
    "MIN_DISTINCTNESS",
    "MIN_GAIN",
    "MIN_OVERLAP",
    "MIN_SIMILARITY",
    "Aligned",
    "Inside",
    "Interpolation",
    "Registration",
    "RigidTransform",
    "SameContrast",
    "Start",
    "align",
    "antialias_fwhm",
    "distinctness",
    "field_of_view",
    "overlap",
    "register_rigid",
    "register_same_contrast",
    "resample",
    "resample_within_mask",
    "share_mask",
    "similarity",
]
