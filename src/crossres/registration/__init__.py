"""Bring a guide to a target: rigid registration and anti-aliased resampling."""

from crossres.registration.resampling import Interpolation, antialias_fwhm, field_of_view, resample
from crossres.registration.rigid import (
    MIN_DISTINCTNESS,
    MIN_GAIN,
    MIN_OVERLAP,
    MIN_SIMILARITY,
    Registration,
    Start,
    register_rigid,
)
from crossres.registration.shared_mask import resample_within_mask, share_mask
from crossres.registration.similarity import distinctness, overlap, similarity
from crossres.registration.transform import RigidTransform

__all__ = [
    "MIN_DISTINCTNESS",
    "MIN_GAIN",
    "MIN_OVERLAP",
    "MIN_SIMILARITY",
    "Interpolation",
    "Registration",
    "RigidTransform",
    "Start",
    "antialias_fwhm",
    "distinctness",
    "field_of_view",
    "overlap",
    "register_rigid",
    "resample",
    "resample_within_mask",
    "share_mask",
    "similarity",
]
