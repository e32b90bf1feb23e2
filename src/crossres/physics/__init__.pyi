"""Slice profiles, the acquisition operator, its back-projection, simulated scans."""

from .acquisition import Acquisition
from .backprojection import (
    BackProjection,
    Consistency,
    back_project,
    consistency,
    iterate_back_projection,
    project,
)
from .bounded import project_within
from .degradation import degrade
from .denoising import denoise
from .joint import ScanTerm, agree_with_all
from .moved_acquisition import MovedAcquisition
from .noise import add_rician_noise
from .noise_estimate import NoiseLevel, noise_level
from .plane_profile import acquired_samples, apodise
from .reliability import reliability, weighted_mean
from .resolution import AxisResolution, resolution_notes, resolution_of, resolved_grid
from .volumes import acquire_volume, back_project_volume, interpolate_volume, volume_consistency

__all__ = [
    "Acquisition",
    "AxisResolution",
    "BackProjection",
    "Consistency",
    "MovedAcquisition",
    "NoiseLevel",
    "ScanTerm",
    "acquire_volume",
    "acquired_samples",
    "add_rician_noise",
    "agree_with_all",
    "apodise",
    "back_project",
    "back_project_volume",
    "consistency",
    "degrade",
    "denoise",
    "interpolate_volume",
    "iterate_back_projection",
    "noise_level",
    "project",
    "project_within",
    "reliability",
    "resolution_notes",
    "resolution_of",
    "resolved_grid",
    "volume_consistency",
    "weighted_mean",
]
