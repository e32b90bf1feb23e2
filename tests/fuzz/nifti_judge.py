"""What a NIfTI file means, by the standard alone; independent of the package's reader.

Where fields contradict each other or the bytes, or the place is implausible, the meaning is loud.
Between rounding and contradiction is a zone in which either answer is accepted.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.quaternions import quat2mat

from fuzz.case import Meaning, Truth

Judged = tuple[Meaning, Truth | None]
LOUD: Judged = (Meaning.LOUD, None)
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4"}
_WIDE = {1024: "i8", 1280: "u8"}
_UNITS = {0: 1.0, 2: 1.0, 1: 1000.0, 3: 0.001}
_SPACING, _METRES = (0.01, 100.0), 1e4


def judge(content: bytes) -> Judged:
    """Return the meaning of the bytes of a .nii or .nii.gz, and the image in it."""
    try:
        return _judge_plain(_unpacked(content))
    except (ValueError, EOFError, OSError, zlib.error):
        return LOUD


def _unpacked(content: bytes) -> bytes:
    """Return the plain bytes; what follows a gzip and is none itself is not part of the image."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except gzip.BadGzipFile:
        first = zlib.decompressobj(31)
        plain = first.decompress(content)
        if not first.eof:
            raise
        return plain


def _judge_plain(content: bytes) -> Judged:
    header = _header(content)
    if header is None or not _whole(header, content):
        return LOUD
    with np.errstate(all="ignore"):
        data = _values(header, content)
        found = _affine(header)
    if data is None or found is None:
        return LOUD
    affine, doubt = found
    either = doubt or int(header["xyzt_units"]) & 7 not in _UNITS
    return (Meaning.EITHER, None) if either else (Meaning.SAME, Truth(data, affine))


def _header(content: bytes) -> Any:
    for kind, size, magic in ((nib.Nifti1Header, 348, b"n+1"), (nib.Nifti2Header, 540, b"n+2")):
        sizes = {int.from_bytes(content[:4], order) for order in ("little", "big")}
        if size in sizes and len(content) >= size + 4:
            header = kind(content[:size], check=False)
            if header["magic"].item()[:3] == magic and header["sizeof_hdr"] == size:
                return header
    return None


def _whole(header: Any, content: bytes) -> bool:
    """Return whether sizes, type, offset and extensions agree with the bytes that are there."""
    dim = [int(n) for n in header["dim"]]
    if not 3 <= dim[0] <= 7 or min(dim[1:4]) < 1 or set(dim[4 : dim[0] + 1]) - {1}:
        return False
    code = int(header["datatype"])
    name = _TYPES.get(code) or _WIDE.get(code)
    offset, size = float(header["vox_offset"]), int(header["sizeof_hdr"])
    if name is None or int(header["bitpix"]) != 8 * np.dtype(name).itemsize:
        return False
    if not np.isfinite(offset) or offset != int(offset) or offset < size + 4:
        return False
    voxels = dim[1] * dim[2] * dim[3] * np.dtype(name).itemsize
    return int(offset) + voxels == len(content) and _extended(header, content, int(offset))


def _extended(header: Any, content: bytes, offset: int) -> bool:
    """Return whether the extensions end where the voxels begin, or before."""
    place = int(header["sizeof_hdr"]) + 4
    if content[place - 4] == 0 or place == offset:
        return True
    while place + 8 <= offset:
        length = int(np.frombuffer(content, header.endianness + "i4", 1, place)[0])
        if length < 8 or length % 16 or place + length > offset:
            return False
        place += length
    return True


def _values(header: Any, content: bytes) -> np.ndarray | None:
    code, shape = int(header["datatype"]), [int(n) for n in header["dim"][1:4]]
    name = header.endianness + (_TYPES.get(code) or _WIDE[code])
    stored = np.frombuffer(content, name, int(np.prod(shape)), int(header["vox_offset"]))
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    data = stored.reshape(shape, order="F").astype(np.float64)
    if np.isinf(slope) or (np.isfinite(slope) and slope != 0 and not np.isfinite(inter)):
        return None
    if np.isfinite(slope) and slope != 0:
        data = data * slope + inter
    usable = np.isfinite(data.astype(np.float32)).all() and data.any()
    return data if usable else None


def _affine(header: Any) -> tuple[np.ndarray, bool] | None:
    """Return the affine in mm and whether it is in doubt; None for a contradiction."""
    pixdim = np.array(header["pixdim"][1:4], dtype=np.float64)
    codes = [int(header[name]) for name in ("sform_code", "qform_code")]
    if not (np.isfinite(pixdim).all() and pixdim.min() > 0) or max(codes) <= 0:
        return None
    forms = [_sform(header), _qform(header, pixdim)]
    coded = [form for form, code in zip(forms, codes, strict=True) if code != 0]
    if any(form is None for form in coded):
        return None
    doubt = min(codes) < 0 or max(codes) > 5
    used = next(f for f, code in zip(forms, codes, strict=True) if code > 0 and f is not None)
    gaps = [_gap(used, form, header["dim"][1:4], pixdim) for form in coded if form is not None]
    lengths = np.linalg.norm(used[:3, :3], axis=0)
    gaps.append(10 * float(np.abs(lengths / pixdim - 1).max()))
    scaled = used * np.array([_UNITS.get(int(header["xyzt_units"]) & 7, 1.0)] * 3 + [1.0])[:, None]
    if max(gaps) > 0.5 or not _plausible(scaled):
        return None
    return scaled, doubt or max(gaps) > 0.02


def _sform(header: Any) -> np.ndarray | None:
    rows = np.array([header[f"srow_{name}"] for name in "xyz"], dtype=np.float64)
    usable = np.isfinite(rows).all() and np.linalg.norm(rows[:, :3], axis=0).min() > 0
    return np.vstack([rows, (0, 0, 0, 1)]) if usable else None


def _qform(header: Any, pixdim: np.ndarray) -> np.ndarray | None:
    names = ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z")
    b, c, d, *offset = (float(header[name]) for name in names)
    factor = float(header["pixdim"][0])
    if not np.isfinite([b, c, d, *offset, factor]).all() or b * b + c * c + d * d > 1 + 1e-5:
        return None
    a = np.sqrt(max(1 - b * b - c * c - d * d, 0))
    rotation = quat2mat([a, b, c, d])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * pixdim * (1, 1, -1 if factor < 0 else 1)
    matrix[:3, 3] = offset
    return matrix


def _gap(one: Any, other: Any, shape: Any, pixdim: Any) -> float:
    """Return the largest distance of the corners of two forms, in voxels."""
    ends = np.stack(np.meshgrid(*[(0.0, float(n)) for n in shape], indexing="ij"), -1)
    corners = np.concatenate([ends.reshape(-1, 3), np.ones((8, 1))], axis=1)
    moved = np.linalg.norm(corners @ (one - other).T, axis=1).max()
    return float(moved / pixdim.min())


def _plausible(affine: Any) -> bool:
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    inside = _SPACING[0] <= lengths.min() and lengths.max() <= _SPACING[1]
    volume = abs(np.linalg.det(affine[:3, :3] / lengths))
    return bool(inside and np.abs(affine[:3, 3]).max() < _METRES and volume > 1e-3)
