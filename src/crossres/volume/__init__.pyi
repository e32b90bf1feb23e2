"""Grids, volumes and pairs: images with their place in the world."""

from .air import background_of, without_background
from .background import Background, at_centres, nearest_voxels
from .foreground import (
    CROPPING_LEVEL,
    OBJECT_LEVEL,
    above_air,
    above_tenth,
    brain_or_head_mask,
    eroded,
    foreground_mask,
    foreground_threshold,
    has_empty_background,
    intensity_scale,
    slice_mask,
)
from .grid import Grid
from .header_place import check_plausible
from .profile import Profile, ProfileShape
from .slices import slice_axis, through_plane_axis, with_slice_profile
from .target_grid import coarse_grid, fine_grid, pass_grids
from .volume import Pair, Volume

__all__ = [
    "CROPPING_LEVEL",
    "OBJECT_LEVEL",
    "Background",
    "Grid",
    "Pair",
    "Profile",
    "ProfileShape",
    "Volume",
    "above_air",
    "above_tenth",
    "at_centres",
    "background_of",
    "brain_or_head_mask",
    "check_plausible",
    "coarse_grid",
    "eroded",
    "fine_grid",
    "foreground_mask",
    "foreground_threshold",
    "has_empty_background",
    "intensity_scale",
    "nearest_voxels",
    "pass_grids",
    "slice_axis",
    "slice_mask",
    "through_plane_axis",
    "with_slice_profile",
    "without_background",
]
