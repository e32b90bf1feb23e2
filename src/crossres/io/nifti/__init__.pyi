"""NIfTI in and out: a header is judged before its voxels are read; results are written whole."""

from .reading import describe, load, read, read_grid
from .writing import write

__all__ = [
    "describe",
    "load",
    "read",
    "read_grid",
    "write",
]
