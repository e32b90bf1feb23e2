"""The bytes of a NIfTI file: decompressed as they come, and never more than the header states."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Real
from numpy.typing import DTypeLike, NDArray

from crossres.files import HashedStream, open_file
from crossres.types import Array3, FileFormatError, Shape3, VolumeError

_GZIP = b"\x1f\x8b"
_OTHERS = {b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstandard", b"\xfd7zXZ": "xz", b"PK\3\4": "zip"}
_CHUNK = 1 << 20
_VOXELS_AT_ONCE = 1 << 20
# Of the range of the values: a step between neighbouring numbers of float32.
_COARSEST = 1e-2


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedIOBase, int | None, HashedStream]]:
    """Open a file, decompressed if its content is gzip, and turn failures into errors about it.

    Args:
        path: The file.

    Yields:
        The stream, the number of its bytes (None where that is not known before its end), and the
        file, which is hashed while it is read.

    Raises:
        FileFormatError: Missing, a pipe or a device, of another compression, truncated or damaged.
    """
    with open_file(path) as raw:
        start = raw.peek(len(_GZIP))
        for magic, program in _OTHERS.items():
            if start.startswith(magic):
                raise FileFormatError(
                    f"{path} is compressed with {program}; unpack it, or use gzip"
                )
        try:
            file = HashedStream(path, raw)
            if start.startswith(_GZIP):
                yield gzip.GzipFile(fileobj=file), None, file
            else:
                yield file, os.fstat(raw.fileno()).st_size, file
        except (EOFError, OSError, zlib.error) as error:
            raise FileFormatError(
                f"{path} is truncated or damaged; get a new copy of it"
            ) from error
        except MemoryError as error:
            raise FileFormatError(f"{path} is too large for the memory; crop it") from error


def take(stream: BufferedIOBase, count: int) -> bytearray:
    """Read bytes as long as there are any: memory is taken for what is there, not what is stated.

    Args:
        stream: The file.
        count: The largest number of bytes.

    Returns:
        The bytes, fewer than ``count`` at the end of the file.
    """
    found = bytearray()
    while len(found) < count and (chunk := stream.read(min(_CHUNK, count - len(found)))):
        found += chunk
    return found


def read_voxels(
    stream: BufferedIOBase, shape: Shape3, dtype: DTypeLike, scale: tuple[float, float], path: Path
) -> Array3:
    """Read the voxels, to the end of the file.

    Args:
        stream: The file, at its first voxel.
        shape: Number of voxels along i, j, k.
        dtype: As they are stored.
        scale: Slope and intercept.
        path: The file, for errors.

    Returns:
        The values, scaled.

    Raises:
        FileFormatError: The file has fewer bytes than the header states, or more.
        VolumeError: NaN or infinite values.
    """
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    content = take(stream, size)
    if len(content) < size:
        raise FileFormatError(
            f"{path} is truncated: its header states {size} bytes of voxels, and {len(content)} "
            "are there; get a new copy of it"
        )
    if stream.read(1):  # gzip compares its checksum at the end, too
        raise surplus(path, size)
    return scaled(np.frombuffer(content, dtype).reshape(shape, order="F"), scale, path)


def surplus(path: Path, size: int) -> FileFormatError:
    """Return the error for a file with more bytes than its header states.

    Args:
        path: The file.
        size: Bytes of voxels that the header states.

    Returns:
        The error.
    """
    return FileFormatError(
        f"{path} goes on after the {size} bytes of voxels that its header states: sizes, data type "
        "or offset are wrong; convert it anew"
    )


def scaled(stored: Real[np.ndarray, "i j k"], scale: tuple[float, float], path: Path) -> Array3:
    """Return values as float32, converted in parts so that no array in float64 is as large.

    Args:
        stored: The numbers of the file.
        scale: Slope and intercept.
        path: The file, for errors.

    Returns:
        The values.

    Raises:
        VolumeError: NaN or infinite values, or values that float32 cannot distinguish.
    """
    values = np.empty(stored.shape, np.float32)
    step = max(1, _VOXELS_AT_ONCE // (stored.shape[0] * stored.shape[1]))
    for start in range(0, stored.shape[2], step):
        part = stored[..., start : start + step]
        with np.errstate(all="ignore"):
            values[..., start : start + step] = (
                part if scale == (1.0, 0.0) else part.astype(np.float64) * scale[0] + scale[1]
            )
    check_finite(values, path)
    if stored.dtype != values.dtype or scale != (1.0, 0.0):
        _check_detail(float(stored.min()), float(stored.max()), scale, path)
    return values


def _check_detail(low: float, high: float, scale: tuple[float, float], path: Path) -> None:
    """Refuse values so far from 0, for their range, that float32 cannot distinguish them."""
    ends = [end * scale[0] + scale[1] for end in (low, high)]
    span, largest = abs(ends[1] - ends[0]), max(map(abs, ends))
    if low != high and float(np.spacing(np.float32(largest))) > _COARSEST * span:
        raise VolumeError(
            f"{path} has values from {min(ends):g} to {max(ends):g}, too far from 0 for their "
            "range; repair scl_inter, or subtract an offset"
        )


def check_finite(data: NDArray[Any], path: Path) -> None:
    """Refuse voxels that are no numbers.

    Args:
        data: The voxels.
        path: The file, for the error.

    Raises:
        VolumeError: NaN or infinite voxels.
    """
    bad = int(data.size - np.count_nonzero(np.isfinite(data)))
    if bad:
        raise VolumeError(f"{path} has {bad} NaN or infinite voxels; replace them, such as by 0")
