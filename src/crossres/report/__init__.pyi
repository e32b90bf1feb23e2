"""Reports, pictures and maps of a result."""

from .checks import Check, checks_of, residual_of
from .cohort_page import MEASURES, CaseRow, CohortPage, write_cohort_page
from .drawing import default_style, png
from .error_size import ErrorSize, measure_error_size
from .guide_motion import GuideMotion, guide_motion, registered_motion
from .histogram import histogram_picture
from .html import PlaneView, Report, is_report, write_report
from .inferred import Inferred, inferred_part, measure_inferred
from .line_profile import profile_picture
from .map_folder import describe_maps, draw_maps, fill_folder
from .map_picture import map_picture
from .maps import Maps, MapVolume, ResultVolume, parse_maps, read_maps, write_maps
from .numbers import percent, quantity
from .optional import Drawings, write_optional
from .pictures import comparison
from .planes import Cut, cuts_of, enhanced_axis, planes_of
from .provenance import sidecar
from .slices import Box, Plane, Slice, informative_fractions, slice_panel
from .software import versions
from .stage import Stage, image_stage, overlay_stage
from .thumbnail import thumbnail_picture
from .verdict import Level, Verdict, verdict_from_checks, verdict_of
from .windows import Window, grey_range, grey_window

__all__ = [
    "MEASURES",
    "Box",
    "CaseRow",
    "Check",
    "CohortPage",
    "Cut",
    "Drawings",
    "ErrorSize",
    "GuideMotion",
    "Inferred",
    "Level",
    "MapVolume",
    "Maps",
    "Plane",
    "PlaneView",
    "Report",
    "ResultVolume",
    "Slice",
    "Stage",
    "Verdict",
    "Window",
    "checks_of",
    "comparison",
    "cuts_of",
    "default_style",
    "describe_maps",
    "draw_maps",
    "enhanced_axis",
    "fill_folder",
    "grey_range",
    "grey_window",
    "guide_motion",
    "histogram_picture",
    "image_stage",
    "inferred_part",
    "informative_fractions",
    "is_report",
    "map_picture",
    "measure_error_size",
    "measure_inferred",
    "overlay_stage",
    "parse_maps",
    "percent",
    "planes_of",
    "png",
    "profile_picture",
    "quantity",
    "read_maps",
    "registered_motion",
    "residual_of",
    "sidecar",
    "slice_panel",
    "thumbnail_picture",
    "verdict_from_checks",
    "verdict_of",
    "versions",
    "write_cohort_page",
    "write_maps",
    "write_optional",
    "write_report",
]
