"""DICOM in and out: folders of several series, the choice of one, and derived series."""

from .listing import Listing, choose_series, find_series, list_series
from .reading import load_series, read_series
from .recognition import is_archive, is_dicom
from .series import Series
from .writing import write_series

__all__ = [
    "Listing",
    "Series",
    "choose_series",
    "find_series",
    "is_archive",
    "is_dicom",
    "list_series",
    "load_series",
    "read_series",
    "write_series",
]
