"""Reports, pictures and maps of a result."""

from .agreement import Verdict, percent, verdict
from .checks import histogram_picture, overlay_picture, profile_picture, residual_picture
from .cohort_page import CaseRow, CohortPage, write_cohort_page
from .drawing import default_style, png
from .html import Report, is_report, write_report
from .map_folder import describe_maps, draw_maps, fill_folder, residual
from .maps import Maps, MapVolume, ResultVolume, parse_maps, read_maps, write_maps
from .optional import Drawings, write_optional
from .pictures import comparison, layers
from .provenance import sidecar
from .slices import Box, Plane, Slice, informative_fractions, slice_panel
from .software import versions
from .thumbnail import thumbnail_picture
from .windows import Window, grey_range, grey_window

__all__ = [
    "Box",
    "CaseRow",
    "CohortPage",
    "Drawings",
    "MapVolume",
    "Maps",
    "Plane",
    "Report",
    "ResultVolume",
    "Slice",
    "Verdict",
    "Window",
    "comparison",
    "default_style",
    "describe_maps",
    "draw_maps",
    "fill_folder",
    "grey_range",
    "grey_window",
    "histogram_picture",
    "informative_fractions",
    "is_report",
    "layers",
    "overlay_picture",
    "parse_maps",
    "percent",
    "png",
    "profile_picture",
    "read_maps",
    "residual",
    "residual_picture",
    "sidecar",
    "slice_panel",
    "thumbnail_picture",
    "verdict",
    "versions",
    "write_cohort_page",
    "write_maps",
    "write_optional",
    "write_report",
]
