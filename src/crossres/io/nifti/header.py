"""The header of a NIfTI file, judged before a voxel is read: refused, warned of, or consistent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from logging.handlers import BufferingHandler
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from crossres.io.nifti.extensions import check_gap
from crossres.io.nifti.voxels import surplus, take
from crossres.types import FileFormatError, GridError, Shape3, Trust, VolumeError
from crossres.volume.header_place import Header, Place, place_of

LARGEST_OFFSET = 1 << 26
"""Bytes before the voxels: the header and text of programs, at most some MB in practice."""
MOST_VOXELS = 1 << 29
"""The largest scan of a living head published so far (0.25 mm, doi 10.1038/sdata.2017.32) has 495
million; the method holds several arrays of the size of a scan in float32."""

_KINDS = {348: (nib.Nifti1Header, b"n+1", b"ni1"), 540: (nib.Nifti2Header, b"n+2", b"ni2")}
_ORDERS: dict[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
_FLAG_BYTES = 4
_NOT_NIFTI = (
    "is not a NIfTI file; give a .nii, .nii.gz, .mgz or .nrrd file, or a folder of DICOM files"
)


@dataclass(frozen=True, eq=False)
class Judged:
    """What a header states, free of contradictions.

    Args:
        header: nibabel's header, in the byte order of the file.
        shape: Number of voxels along i, j, k.
        place: Where they are.
        scale: Slope and intercept from stored numbers to values.
        notes: Warnings, one sentence each, which begin with a verb: the subject is the file.
    """

    header: Header
    shape: Shape3
    place: Place
    scale: tuple[float, float]
    notes: tuple[str, ...]


def judge(
    stream: BufferedIOBase, path: Path, size: int | None, trust: Trust | None = None
) -> Judged:
    """Judge the header at the beginning of a file.

    Args:
        stream: The file, at its beginning; afterwards at its first voxel.
        path: The file, for errors.
        size: Number of bytes of the file; None where that is not known yet.
        trust: Which of sform and qform is used where they differ.

    Returns:
        The header.

    Raises:
        FileFormatError: Not a NIfTI, or one whose header contradicts itself or the file's size.
        VolumeError: Not 3-D, complex, in colour, or too large.
        GridError: An impossible or implausible place.
    """
    header = _parsed(stream, path)
    shape = _shape(header, path)
    _check_dtype(header, path)
    scale, notes = _scale(header, path)
    offset = _offset(header, path)
    _check_size(shape, header, offset, size, path)
    notes += _gap_notes(stream, header, offset, path)
    notes += _repairs(header, path)
    try:
        with np.errstate(all="ignore"):  # of numbers near the end of their range, refused there
            place = place_of(header, shape, trust)
    except GridError as error:
        raise GridError(f"{path}: {error}") from error
    return Judged(header, shape, place, scale, (*notes, *place.notes))


def _length(header: Header) -> int:
    return int(header.sizeof_hdr)


def _parsed(stream: BufferedIOBase, path: Path) -> Header:
    """Read the header in the byte order in which it states its own length."""
    block = bytes(take(stream, min(_KINDS)))
    for length, (kind, single, pair) in _KINDS.items():
        for sign, order in _ORDERS.items():
            if block[:4] == length.to_bytes(4, order):
                block += bytes(take(stream, length - len(block)))
                if len(block) == length:
                    header = kind(block, endianness=sign, check=False)
                    _check_magic(header["magic"].item(), single, pair, path)
                    return header
    raise FileFormatError(f"{path} {_NOT_NIFTI}")


def _check_magic(magic: bytes, single: bytes, pair: bytes, path: Path) -> None:
    if magic == pair:
        raise FileFormatError(
            f"{path} is the header of a pair (.hdr, .img); convert it to one .nii"
        )
    if not magic and single == b"n+1":
        raise FileFormatError(f"{path} is ANALYZE, which states no position; convert it to NIfTI")
    if magic != single:
        raise FileFormatError(f"{path} {_NOT_NIFTI}")


def _shape(header: Header, path: Path) -> Shape3:
    """Return the size of the image, which must be 3-D."""
    axes, *sizes = (int(n) for n in header["dim"])
    if not 1 <= axes <= 7:
        raise FileFormatError(f"{path} has a damaged header ({axes} axes); convert it anew")
    shape = tuple(sizes[:axes])
    if axes < 3:
        raise VolumeError(f"{path} is {axes}-D {shape}; give a 3-D image (stack the slices)")
    if min(shape) < 1:
        raise GridError(f"{path} has axes of {shape} voxels; repair dim: all at least 1")
    if set(shape[3:]) - {1}:
        count = int(np.prod(shape[3:], dtype=object))
        raise VolumeError(f"{path} holds {count} volumes {shape}; take one out (nib-roi -t 0:1)")
    return shape[0], shape[1], shape[2]


def _check_dtype(header: Header, path: Path) -> None:
    """Check that voxels are single real numbers, of as many bits as stated."""
    try:
        dtype = header.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        raise FileFormatError(
            f"{path} has a damaged header (data type {header['datatype']}); convert it anew"
        ) from error
    if dtype.kind == "c" or dtype.names:
        kind = "complex" if dtype.kind == "c" else "in colour (RGB)"
        raise VolumeError(f"{path} is {kind}; give an image of single real numbers (magnitude)")
    if dtype.kind not in "iuf" or dtype.itemsize not in (1, 2, 4, 8):
        raise FileFormatError(f"{path} holds {dtype}, which is not read; convert it to float32")
    if int(header["bitpix"]) != 8 * dtype.itemsize:
        raise FileFormatError(
            f"{path} has a damaged header: data type {dtype.name}, but {header['bitpix']} bits per "
            "voxel; convert it anew"
        )


def _scale(header: Header, path: Path) -> tuple[tuple[float, float], list[str]]:
    """Return slope and intercept; a slope of 0 means that values are not scaled."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if np.isinf(slope) or (slope and not np.isnan(slope) and not np.isfinite(inter)):
        raise FileFormatError(
            f"{path} has a damaged scale factor (slope {slope:g}, intercept {inter:g}); convert it "
            "anew"
        )
    if np.isnan(slope):
        return (1.0, 0.0), ["has a scale factor that is no number; its values are not scaled"]
    if slope == 0 and np.isfinite(inter) and inter != 0:
        return (1.0, 0.0), [
            f"has an intercept of {inter:g}, but slope 0; its values are not scaled"
        ]
    return ((slope, inter) if slope else (1.0, 0.0)), []


def _offset(header: Header, path: Path) -> int:
    """Return where the voxels begin: after the header, at a multiple of 16 bytes."""
    offset, least = float(header["vox_offset"]), _length(header) + _FLAG_BYTES
    if not (least <= offset <= LARGEST_OFFSET and offset % 16 == 0):
        raise FileFormatError(
            f"{path} has a damaged header: its voxels begin at byte {offset:g}, which must be a "
            f"multiple of 16 from {least} to {LARGEST_OFFSET}; convert it anew"
        )
    return int(offset)


def _gap_notes(stream: BufferedIOBase, header: Header, offset: int, path: Path) -> list[str]:
    """Read up to the first voxel, and check what is there."""
    gap = take(stream, offset - _length(header))
    if len(gap) < offset - _length(header):
        raise FileFormatError(f"{path} is truncated before its first voxel; get a new copy of it")
    return check_gap(gap, _ORDERS[header.endianness], path)


def _check_size(shape: Shape3, header: Header, offset: int, size: int | None, path: Path) -> None:
    """Compare the bytes that the header requires with those that are there."""
    count = int(np.prod(shape, dtype=object))
    voxels = count * header.get_data_dtype().itemsize
    if size is not None and size < offset + voxels:
        raise FileFormatError(
            f"{path} is truncated: its header requires {offset + voxels} bytes, and {size} are "
            "there; get a new copy of it"
        )
    if size is not None and size > offset + voxels:
        raise surplus(path, voxels)
    if count > MOST_VOXELS:
        raise VolumeError(f"{path} has {shape} voxels, more than {MOST_VOXELS} in all; crop it")


def _repairs(header: Header, path: Path) -> Sequence[str]:
    """Return what else nibabel would repair in a header, and repair its qfac.

    Raises:
        FileFormatError: Something that cannot be repaired.
        GridError: Voxel sizes that are not above 0, or a qfac that means nothing.
    """
    qfac, sizes = float(header["pixdim"][0]), header["pixdim"][1:4]
    if not (np.isfinite(sizes).all() and sizes.min() > 0):
        raise GridError(f"{path} has voxel sizes {sizes.tolist()}; repair pixdim: all above 0")
    if int(header["qform_code"]) == 0:
        header["pixdim"][0] = 1  # without a qform it means nothing, and many programs leave it at 0
    elif qfac not in (-1, 0, 1):
        raise GridError(f"{path} has a qfac of {qfac:g}; repair pixdim[0]: 1 or -1")
    handler = BufferingHandler(capacity=100)
    logger = logging.Logger("crossres.io.nifti", level=1)
    logger.addHandler(handler)
    header.copy().check_fix(logger=logger, error_level=100)
    for record in handler.buffer:
        if record.levelno >= logging.ERROR:
            message = record.getMessage()
            raise FileFormatError(f"{path} has a damaged header ({message}); convert it anew")
    if qfac == 0:
        header["pixdim"][0] = 1  # as the standard has it
    return [f"has an odd header ({record.getMessage()})" for record in handler.buffer]
