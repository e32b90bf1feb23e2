"""NRRD in and out: headers of text, voxels as they are or compressed with gzip."""

from .reading import load
from .writing import write

__all__ = ["load", "write"]
