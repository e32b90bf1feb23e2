"""NRRD files in: one 3-D image, in a space of the patient."""

from __future__ import annotations

import gzip
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from crossres.files import Snapshot
from crossres.io.nifti.voxels import opened, surplus, take
from crossres.io.nrrd.header import Header, read_header
from crossres.io.plain_voxels import volume_of
from crossres.volume import Volume


def load(path: Path) -> tuple[Volume, list[str], Snapshot]:
    """Read one 3-D image.

    Args:
        path: The file.

    Returns:
        The image, one sentence for each warning, and the file as it was read.

    Raises:
        FileFormatError: The file is missing, truncated, or of a kind that is not read.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: An impossible or implausible place, or one that is not of the patient.
    """
    with opened(path) as (stream, _, file):
        header = read_header(stream, path)
        content = _content(stream, header, path)
        snapshot = file.snapshot()
    volume = volume_of(content, header.dtype, header.grid, header.space, path)
    return volume, [f"{path.name} {note}" for note in header.notes], snapshot


def _content(stream: BufferedIOBase, header: Header, path: Path) -> bytearray:
    """Read the voxels, to the end of the file."""
    size = int(np.prod(header.grid.shape, dtype=object)) * header.dtype.itemsize
    voxels = gzip.GzipFile(fileobj=stream) if header.compressed else stream
    content = take(voxels, size)
    if len(content) == size and voxels.read(1):
        raise surplus(path, size)
    return content
