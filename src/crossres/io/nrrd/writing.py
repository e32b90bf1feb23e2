"""NRRD files out: in full or not at all, in LPS mm as ITK and 3D Slicer write them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from crossres.files import atomic
from crossres.io.nrrd.header import TYPES
from crossres.io.plain_voxels import to_store
from crossres.volume import Grid, Volume

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
_HEADER = """NRRD0004
# http://teem.sourceforge.net/nrrd/format.html
type: {type}
dimension: 3
space: left-posterior-superior
sizes: {sizes}
space directions: {directions}
kinds: domain domain domain
endian: little
encoding: gzip
space units: "mm" "mm" "mm"
space origin: {origin}

"""


def write(volume: Volume, path: Path, *, dtype: str | None = None, overwrite: bool = False) -> None:
    """Write an image, in full or not at all.

    Args:
        volume: The image, ``(i, j, k)``, any range.
        path: A name that ends in ``.nrrd``.
        dtype: Type on disk, an integer of up to 32 bits, float32 or float64; by default that of
            the source where it holds the values, else float32.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        VolumeError: NaN or infinite voxels.
        SettingsError: A ``dtype`` that the format has not, or that does not hold the values.
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
    """
    stored = to_store(volume, path, dtype, tuple(TYPES))
    voxels = stored.astype(stored.dtype.newbyteorder("<")).tobytes(order="F")
    with atomic(path, overwrite=overwrite) as temporary:
        header = _header(volume.grid, stored.dtype.name).encode("ascii")
        temporary.write_bytes(header + gzip.compress(voxels, mtime=0))


def _header(grid: Grid, dtype: str) -> str:
    """Return the header, with numbers that are read back exactly."""
    columns = _RAS_TO_LPS @ grid.affine[:3]
    *axes, origin = (f"({','.join(repr(float(x)) for x in one)})" for one in columns.T)
    return _HEADER.format(
        type=TYPES[dtype][0],
        sizes=" ".join(map(str, grid.shape)),
        directions=" ".join(axes),
        origin=origin,
    )
