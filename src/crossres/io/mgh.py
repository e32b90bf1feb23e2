"""MGH files in and out, as FreeSurfer has them: .mgz, and .mgh without compression.

World coordinates are RAS+ mm, of the scanner. The format has no scale factor, and its header ends
before the voxels: what follows them (echo time and the like) is not used.
"""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.freesurfer.mghformat import MGHHeader, MGHImage

from crossres.files import Snapshot, atomic
from crossres.io.nifti.voxels import opened, take
from crossres.io.plain_voxels import check_shape, placed, to_store, volume_of
from crossres.types import FileFormatError
from crossres.volume import Volume

_TYPES = {0: "uint8", 1: "int32", 3: "float32", 4: "int16", 10: "uint16"}
_HEADER_BYTES = 284
_GOOD_RAS = slice(28, 30)
_UNPLACED = (
    "states no position (its goodRASFlag is 0): left and right are not known, and a result can be "
    "written as NIfTI only"
)


def load(path: Path) -> tuple[Volume, list[str], Snapshot]:
    """Read one 3-D image.

    Args:
        path: The file.

    Returns:
        The image, one sentence for each warning, and the file as it was read.

    Raises:
        FileFormatError: The file is missing, truncated, or of another format.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: An impossible or implausible place.
    """
    with opened(path) as (stream, _, file):
        block = bytes(take(stream, _HEADER_BYTES))
        header = _header(block, path)
        shape = check_shape([int(n) for n in header["dims"]], path)
        dtype = np.dtype(_TYPES[int(header["type"])]).newbyteorder(">")
        content = take(stream, int(np.prod(shape, dtype=object)) * dtype.itemsize)
        snapshot = file.snapshot()
    grid = placed(header.get_affine(), shape, path)
    known = any(block[_GOOD_RAS])  # nibabel sets the flag in its header
    volume = volume_of(content, dtype, grid, "scanner" if known else "unknown", path)
    return volume, [] if known else [f"{path.name} {_UNPLACED}"], snapshot


def write(volume: Volume, path: Path, *, dtype: str | None = None, overwrite: bool = False) -> None:
    """Write an image, in full or not at all.

    Args:
        volume: The image, ``(i, j, k)``, any range.
        path: A name that ends in ``.mgz`` or ``.mgh``.
        dtype: Type on disk: uint8, int16, uint16, int32 or float32; by default that of the source
            where it holds the values, else float32.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        VolumeError: NaN or infinite voxels.
        SettingsError: A ``dtype`` that the format has not, or that does not hold the values.
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
    """
    stored = to_store(volume, path, dtype, tuple(_TYPES.values()))
    content = MGHImage(stored, volume.grid.affine).to_bytes()
    if path.suffix == ".mgz":
        content = gzip.compress(content, mtime=0)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(content)


def _header(block: bytes, path: Path) -> Any:
    """Return nibabel's header, of a version and a type that are known."""
    if len(block) < _HEADER_BYTES or block[:4] != (1).to_bytes(4, "big"):
        raise FileFormatError(f"{path} is not an MGH file; give a .mgz, .nii.gz or .nrrd")
    header = MGHHeader.from_fileobj(BytesIO(block), check=False)
    if int(header["type"]) not in _TYPES:
        raise FileFormatError(f"{path} holds numbers of type {int(header['type'])}; convert it")
    return header
