"""Files in, files out: each format converts to RAS+ mm at its own border."""

from crossres.io.files import atomic, check_output, sha256
from crossres.io.nifti import read_grid, write
from crossres.io.scan import Scan, describe, find_scan, holds_dicom, read

__all__ = [
    "Scan",
    "atomic",
    "check_output",
    "describe",
    "find_scan",
    "holds_dicom",
    "read",
    "read_grid",
    "sha256",
    "write",
]
