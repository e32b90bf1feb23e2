"""The header of an NRRD file: type, sizes, encoding and place, of lines of text.

References:
    http://teem.sourceforge.net/nrrd/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from nibabel.volumeutils import shape_zoom_affine

from crossres.io.plain_voxels import check_shape, placed
from crossres.types import Affine, FileFormatError, GridError, Shape3, Space, VolumeError
from crossres.volume import Grid

TYPES = {
    "int8": ("signed char", "int8", "int8_t"),
    "uint8": ("unsigned char", "uchar", "uint8", "uint8_t"),
    "int16": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "uint16": ("unsigned short", "ushort", "unsigned short int", "uint16", "uint16_t"),
    "int32": ("int", "signed int", "int32", "int32_t"),
    "uint32": ("unsigned int", "uint", "uint32", "uint32_t"),
    "float32": ("float",),
    "float64": ("double",),
}
"""Types of NumPy, and the names that NRRD has for each; the first is written."""
ENCODINGS = {"raw": False, "gzip": True, "gz": True}
"""Encodings that are read, and whether voxels are compressed."""
_SIGNS = {"right": 1, "left": -1, "anterior": 1, "posterior": -1, "superior": 1, "inferior": -1}
_SHORT = {
    "ras": "right-anterior-superior",
    "las": "left-anterior-superior",
    "lps": "left-posterior-superior",
}
_FIRST_LINE = re.compile(r"NRRD000[1-5]")
_VECTOR = re.compile(r"none|\(([^()]*)\)")
_LONGEST = 1 << 20
"""Bytes of a header."""
_UNPLACED = (
    "states no space of the patient: left and right are not known, and a result can be written as "
    "NIfTI only"
)


@dataclass(frozen=True, eq=False)
class Header:
    """What a header states.

    Args:
        grid: The grid, RAS+ mm.
        space: What its coordinates mean.
        dtype: Type of the numbers, with the order of their bytes.
        compressed: Whether the voxels are compressed with gzip.
        notes: Warnings, one sentence each, which begin with a verb: the subject is the file.
    """

    grid: Grid
    space: Space
    dtype: np.dtype[np.generic]
    compressed: bool
    notes: tuple[str, ...] = ()


def read_header(stream: BufferedIOBase, path: Path) -> Header:
    """Read the header at the beginning of a file.

    Args:
        stream: The file, at its beginning; afterwards at its first voxel.
        path: The file, for errors.

    Returns:
        The header.

    Raises:
        FileFormatError: Not an NRRD file, damaged, or of a kind that is not read.
        VolumeError: Not one 3-D image.
        GridError: No place, or one that is impossible or implausible.
    """
    fields = _fields(stream, path)
    try:
        sizes = [int(size) for size in fields["sizes"].split()]
        dtype, encoding = _dtype(fields), fields["encoding"].lower()
        vectors = _vectors(fields.get("space directions", ""))
        origin = _vectors(fields.get("space origin", ""))
        zooms = _spacings(fields, len(sizes))
    except (KeyError, ValueError) as error:
        raise FileFormatError(f"{path} has a damaged header ({error}); convert it anew") from error
    _check_kind(fields, encoding, path)
    if "space" not in fields and "space dimension" not in fields:
        shape = check_shape(sizes, path)
        grid = placed(shape_zoom_affine(shape, zooms[:3]), shape, path)
        return Header(grid, "unknown", dtype, ENCODINGS[encoding], (_UNPLACED,))
    shape, axes = _spatial(sizes, vectors, path)
    affine = _affine(fields.get("space", ""), axes, origin, path)
    return Header(placed(affine, shape, path), "scanner", dtype, ENCODINGS[encoding])


def _fields(stream: BufferedIOBase, path: Path) -> dict[str, str]:
    """Return the fields by name, in lower case; comments and keys of other programs are left."""
    lines = _lines(stream)
    if not _FIRST_LINE.fullmatch(next(lines, "")):
        raise FileFormatError(f"{path} is not an NRRD file; give a .nrrd, .nii.gz or .mgz")
    pairs = [line.partition(":") for line in lines if not line.startswith("#")]
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _lines(stream: BufferedIOBase) -> Iterator[str]:
    """Yield the lines up to the first empty one, byte by byte: the voxels follow it."""
    line = bytearray()
    for _ in range(_LONGEST):
        byte = stream.read(1)
        if byte not in (b"\n", b""):
            line += byte
            continue
        text = line.decode("utf-8", "replace").rstrip("\r")
        if not text:
            return
        yield text
        line.clear()


def _dtype(fields: Mapping[str, str]) -> np.dtype[np.generic]:
    """Return the type of the numbers.

    Raises:
        ValueError: An unknown type, or no order of bytes.
    """
    stated = fields["type"].lower()
    name = next((name for name, names in TYPES.items() if stated in names), None)
    if name is None:
        raise ValueError(f"type {stated!r}")
    dtype = np.dtype(name)
    order = "little" if dtype.itemsize == 1 else fields["endian"].lower()
    if order not in ("little", "big"):
        raise ValueError(f"endian {order!r}")
    return dtype.newbyteorder("<" if order == "little" else ">")


def _vectors(text: str) -> list[list[float] | None]:
    """Return vectors of three numbers; None for axes that are not of space."""
    found: list[list[float] | None] = []
    for match in _VECTOR.finditer(text):
        numbers = None if match[1] is None else [float(part) for part in match[1].split(",")]
        if numbers is not None and len(numbers) != 3:
            raise ValueError(f"vector {match[0]}")
        found.append(numbers)
    return found


def _spacings(fields: Mapping[str, str], count: int) -> list[float]:
    """Return the spacing of each axis, 1 where none is stated.

    Raises:
        ValueError: Another number of spacings than of axes.
    """
    spacings = [float(size) for size in fields.get("spacings", "1 " * count).split()]
    if len(spacings) != count:
        raise ValueError(f"{len(spacings)} spacings for {count} axes")
    return spacings


def _check_kind(fields: Mapping[str, str], encoding: str, path: Path) -> None:
    """Refuse what is not read: voxels in another file, skipped bytes, other encodings and units."""
    if "data file" in fields or "datafile" in fields:
        raise FileFormatError(f"{path} has its voxels in another file; convert it to one .nrrd")
    if encoding not in ENCODINGS:
        raise FileFormatError(f"{path} is encoded as {encoding}; write it as gzip or raw")
    if any(fields.get(name, "0") != "0" for name in ("byte skip", "line skip")):
        raise FileFormatError(f"{path} skips bytes before its voxels; convert it anew")
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", ""))) - {"mm", ""}
    if units:
        raise GridError(f"{path} is in {', '.join(sorted(units))}; convert its coordinates to mm")


def _spatial(
    sizes: Sequence[int], vectors: Sequence[list[float] | None], path: Path
) -> tuple[Shape3, list[list[float]]]:
    """Return the size along the axes of space, and the vectors of these axes."""
    axes = [(n, vector) for n, vector in zip(sizes, vectors, strict=False) if vector is not None]
    if len(vectors) != len(sizes) or len(axes) != 3:
        raise GridError(f"{path} has no direction for each of three axes; convert it anew")
    others = [n for n, vector in zip(sizes, vectors, strict=True) if vector is None]
    if set(others) - {1}:
        raise VolumeError(f"{path} holds several values per voxel {tuple(sizes)}; take one out")
    return check_shape([n for n, _ in axes], path), [vector for _, vector in axes]


def _affine(
    space: str,
    axes: Sequence[Sequence[float]],
    origin: Sequence[Sequence[float] | None],
    path: Path,
) -> Affine:
    """Return the matrix from voxel indices to RAS+ mm."""
    names = _SHORT.get(space.lower(), space.lower()).split("-")
    pairs = [{"right", "left"}, {"anterior", "posterior"}, {"superior", "inferior"}]
    if len(names) != 3 or not all(n in pair for n, pair in zip(names, pairs, strict=True)):
        raise GridError(
            f"{path} is in the space {space or 'without a name'!r}, not in that of the patient; "
            "convert it to left-posterior-superior"
        )
    if len(origin) != 1 or origin[0] is None:
        raise GridError(f"{path} states no space origin; convert it anew")
    affine: Affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = np.array(axes).T, origin[0]
    affine[:3] *= np.array([_SIGNS[name] for name in names])[:, None]
    return affine
