"""Files in, files out: each format converts to RAS+ mm at its own border."""

from crossres.io.bids import BidsDataset, Filters, Scan
from crossres.io.files import atomic, atomic_folder, check_output, sha256
from crossres.io.inputs import Input, describe, find_input, find_inputs, holds_dicom, read
from crossres.io.nifti import read_grid, write

__all__ = [
    "BidsDataset",
    "Filters",
    "Input",
    "Scan",
    "atomic",
    "atomic_folder",
    "check_output",
    "describe",
    "find_input",
    "find_inputs",
    "holds_dicom",
    "read",
    "read_grid",
    "sha256",
    "write",
]
