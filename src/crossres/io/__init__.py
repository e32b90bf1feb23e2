"""Files in, files out: each format converts to RAS+ mm at its own border."""

from crossres.io.bids import BidsDataset, Filters, Scan
from crossres.io.files import atomic, atomic_folder, check_output, sha256
from crossres.io.nifti import describe, read, read_grid, write

__all__ = [
    "BidsDataset",
    "Filters",
    "Scan",
    "atomic",
    "atomic_folder",
    "check_output",
    "describe",
    "read",
    "read_grid",
    "sha256",
    "write",
]
