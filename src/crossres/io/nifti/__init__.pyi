"""NIfTI in and out: a header is judged before its voxels are read; results are written whole."""

from .reading import load, read, read_codes, read_grid
from .writing import write

__all__ = [
    "load",
    "read",
    "read_codes",
    "read_grid",
    "write",
]
