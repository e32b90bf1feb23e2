"""Files in and out: the module of each format converts to and from RAS+ mm."""

from .bids import BidsDataset, Filters, Scan
from .bids_filters import read_filters
from .cases import Case, SeriesCase, find_cases, find_series_cases, split_by_name
from .describing import describe
from .formats import check_place, write
from .inputs import Input, find_input, find_inputs, holds_dicom, read
from .nifti import read_grid

__all__ = [
    "BidsDataset",
    "Case",
    "Filters",
    "Input",
    "Scan",
    "SeriesCase",
    "check_place",
    "describe",
    "find_cases",
    "find_input",
    "find_inputs",
    "find_series_cases",
    "holds_dicom",
    "read",
    "read_filters",
    "read_grid",
    "split_by_name",
    "write",
]
