"""Grids, volumes and pairs: images with their place in the world."""

from .foreground import foreground_mask, foreground_threshold, intensity_scale
from .grid import Grid
from .target_grid import coarse_grid, fine_grid, pass_grids, through_plane_axis
from .volume import Pair, Volume

__all__ = [
    "Grid",
    "Pair",
    "Volume",
    "coarse_grid",
    "fine_grid",
    "foreground_mask",
    "foreground_threshold",
    "intensity_scale",
    "pass_grids",
    "through_plane_axis",
]
