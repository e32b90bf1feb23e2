"""Mutations of NIfTI files: fields, offsets, extensions, bytes, gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from fuzz import damage
from fuzz.case import Bench, Case, Command, Meaning, Truth
from fuzz.nifti_judge import LOUD, Judged, judge
from fuzz.scenes import head

_NAN, _INF = float("nan"), float("inf")
_FLOATS = (0, -1, 1, 0.5, 1e-9, 1e6, 1e30, -1e30, _NAN, _INF, -_INF, 100)
_INTEGERS = (0, 1, -1, 2, 3, 7, 8, 16, 127, -128, 255, 1000, 32767, -32768)
_HARMLESS = ("descrip", "aux_file", "cal_min", "cal_max", "toffset", "slice_duration", "dim_info")
_FIELDS: dict[str, tuple[Any, ...]] = {
    "sizeof_hdr": (0, 348, 540, 349, 352, -1, 2**31 - 1),
    "vox_offset": (0, 1, 100, 348, 351, 352, 353, 368, 544, -352, 10**9, _NAN, _INF),
    "datatype": (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2304, 77),
    "bitpix": (0, 1, 8, 16, 32, 64, 128, -16, 17),
    "sform_code": _INTEGERS,
    "qform_code": _INTEGERS,
    "xyzt_units": (0, 1, 2, 3, 4, 8, 10, 17, 18, 26, 255),
    "scl_slope": _FLOATS,
    "scl_inter": _FLOATS,
    "magic": (b"ni1", b"n+1", b"n+2", b"", b"N+1", b"n+1x"),
    "intent_code": (0, 1, 2, 1007, 2003, 1002, -1),
    **dict.fromkeys(("quatern_b", "quatern_c", "quatern_d"), (*_FLOATS, 0.7071)),
    **dict.fromkeys(("qoffset_x", "qoffset_y", "qoffset_z"), _FLOATS),
}


def build(bench: Bench, truth: Truth) -> tuple[Any, bytes]:
    """Return a header and the voxels of a valid file: any version, type, order, scale and forms."""
    kind = nib.Nifti1Header if bench.random.random() < 0.8 else nib.Nifti2Header
    header = kind(endianness=bench.choose("<<<>"))
    dtype = np.dtype(bench.choose(("i2", "i2", "u2", "f4", "i4", "f8")))
    header.set_data_shape(truth.data.shape)
    header.set_data_dtype(dtype)
    header.set_sform(truth.affine, 1)
    header.set_qform(truth.affine, 1)
    # Most contradictions need both forms; some faults need one alone.
    alone = bench.choose(("", "", "", "sform_code", "qform_code"))
    if alone:
        header[alone] = 0
    header.set_xyzt_units("mm", "sec")
    header["vox_offset"] = header.single_vox_offset
    header["magic"] = header.single_magic
    header["scl_slope"], header["scl_inter"] = 1, 0
    voxels = truth.data.astype(dtype.newbyteorder(header.endianness)).tobytes(order="F")
    return header, voxels


def _field(bench: Bench, header: Any) -> str:
    name = bench.choose(_FIELDS)
    value = bench.choose(_FIELDS[name])
    return _set(header, name, value)


def _set(header: Any, name: str, value: Any, index: int | None = None) -> str:
    """Set a field; numbers that do not fit wrap, as in a program that writes them."""
    array = header._structarr[name] if index is None else header._structarr[name][index : index + 1]
    if isinstance(value, bytes):
        header._structarr[name] = value
    else:
        with np.errstate(all="ignore"):
            number = np.array(value, dtype=np.float64)
            whole = array.dtype.kind in "iu"
            info = np.iinfo(array.dtype) if whole else None
            number = np.nan_to_num(number, posinf=0, neginf=0) if whole else number
            number = np.clip(number, info.min, info.max) if info is not None else number
            array[...] = number.astype(array.dtype)
    return f"{name}{'' if index is None else [index]} = {value!r}"


def _size(bench: Bench, header: Any) -> str:
    index = bench.choose((0, 1, 1, 2, 2, 3, 3, 4, 5, 7))
    now = int(header["dim"][index])
    return _set(header, "dim", bench.choose((now - 1, now + 1, 0, -1, 1, 2, 4, 1200, 32767)), index)


def _spacing(bench: Bench, header: Any) -> str:
    index = bench.choose((0, 1, 2, 3, 3, 4, 7))
    value = bench.choose((*_FLOATS, 1.5, 2.0002, 4.4, 2000, -float(header["pixdim"][index])))
    return _set(header, "pixdim", value, index)


def _sform(bench: Bench, header: Any) -> str:
    name, index = f"srow_{bench.choose('xyz')}", bench.choose(range(4))
    now = float(header[name][index])
    options = (*_FLOATS, now * 1.00001, now * 2, -now, now + 0.3, now * 1e6)
    return _set(header, name, bench.choose(options), index)


def _no_sform(bench: Bench, header: Any) -> str:
    for name in "xyz":
        header[f"srow_{name}"] = 0
    return "an sform of zeros"


def _sform_as_a_whole(bench: Bench, header: Any) -> str:
    matrix = bench.choose((np.eye(4), 1e6 * np.eye(4), np.diag([1, -1, 1, 1]), np.zeros((4, 4))))
    rows = matrix @ header.get_sform()
    for name, row in zip("xyz", rows, strict=False):
        header[f"srow_{name}"] = row
    return f"sform = {np.diag(matrix).tolist()} x itself"


def _harmless(bench: Bench, header: Any) -> str:
    name = bench.choose([name for name in _HARMLESS if name in header.keys()])  # noqa: SIM118
    text = header._structarr[name].dtype.kind == "S"
    value = bench.random.bytes(20) if text else bench.choose((0, 1, 77, 100))
    return _set(header, name, value)


_HEADERS: tuple[Callable[[Bench, Any], str], ...] = (
    _field, _field, _field, _size, _size, _spacing, _spacing, _sform, _sform, _sform_as_a_whole,
    _no_sform,
)  # fmt: skip


def _extended(bench: Bench, header: Any, voxels: bytes) -> tuple[bytes, str]:
    """Return the file with an extension, or with what only looks like one."""
    length = int(bench.choose((16, 32, 64, 24, 8, 0, -16, 2**31 - 16, 48)))
    room = int(bench.choose((16, 32, 48, 64)))
    flag = bench.choose((b"\1\0\0\0", b"\1\0\0\0", b"\0\0\0\0", b"\2\7\7\7"))
    start = np.array([length, bench.choose((0, 4, 6, 44, 999))], header.endianness + "i4").tobytes()
    header["vox_offset"] = int(header.single_vox_offset) + bench.choose((room, room, room, 0, 16))
    body = (start + bench.random.bytes(room))[:room]
    return header.binaryblock + flag + body + voxels, f"extension of {length} in {room} bytes"


def _voxels(content: bytes, bench: Bench) -> bytes:
    return damage.flip(content, bench.random, 544)


def _header_bytes(content: bytes, bench: Bench) -> bytes:
    return damage.flip(content, bench.random, 0, 352)


_PLAIN: dict[str, Callable[[bytes, Bench], bytes]] = {
    "voxel bytes flipped": _voxels,
    "header bytes flipped": _header_bytes,
    "truncated": lambda content, bench: damage.truncate(content, bench.random),
    "bytes appended": lambda content, bench: damage.append(content, bench.random),
    "zeros appended": lambda content, bench: content + bytes(int(bench.random.integers(1, 5000))),
}


def pack(content: bytes) -> bytes:
    """Compress without name and time, so that the same seed gives the same bytes."""
    return gzip.compress(content, mtime=0)


def _bomb(content: bytes, bench: Bench) -> bytes:
    """Return a gzip of the content and then up to a GiB of zeros, in about a MB."""
    packer, zeros = zlib.compressobj(9, wbits=31), bytes(1 << 20)
    start = packer.compress(content) + packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * int(bench.choose((256, 512, 1024))) + packer.flush()


_PACKED: dict[str, Callable[[bytes, Bench], bytes]] = {
    "gzip bytes flipped": lambda content, bench: damage.flip(pack(content), bench.random),
    "gzip truncated": lambda content, bench: damage.truncate(pack(content), bench.random),
    "gzip, then other bytes": lambda content, bench: damage.append(pack(content), bench.random),
    "gzip, then zeros": lambda content, bench: pack(content) + bytes(int(bench.choose((1, 512)))),
    "gzip in two members": lambda content, bench: pack(content[:900]) + pack(content[900:]),
    "gzip, then a second member": lambda content, bench: pack(content) + pack(b"more"),
    "gzip of gzip": lambda content, bench: pack(pack(content)),
    "gzip, most of it zeros": _bomb,
}


def _pair(bench: Bench, header: Any, voxels: bytes) -> Path:
    """Write a pair of .hdr and .img."""
    header["magic"], header["vox_offset"] = header.pair_magic, 0
    (bench.inputs / "scan.img").write_bytes(voxels)
    path = bench.inputs / "scan.hdr"
    path.write_bytes(header.binaryblock + bytes(4))
    return path


def make(bench: Bench) -> Case:
    """Make a case of one mutated file, as the scan or as its guide."""
    guide = bench.random.random() < 0.25
    whole = head(guide)
    header, voxels = build(bench, whole)
    if bench.random.random() < 0.03:
        path, change = _pair(bench, header, voxels), "a pair of .hdr and .img"
        found: Judged = (Meaning.SAME, whole)
        meaning = None
    else:
        content, change, meaning = _mutated(bench, header, voxels)
        path = bench.inputs / f"scan{bench.choose(('.nii', '.nii.gz'))}"
        path.write_bytes(content)
        found = LOUD if "most of it" in change else judge(content)
    commands = scan_commands(bench, path, found[1], guide=guide)
    return Case((change,), meaning or found[0], commands)


def _mutated(bench: Bench, header: Any, voxels: bytes) -> tuple[bytes, str, Meaning | None]:
    """Return the bytes of the file, its mutation, and its meaning where that is known."""
    draw, end = bench.random.random(), bytes(4)
    if draw < 0.5:
        change = bench.choose(_HEADERS)(bench, header)
        return header.binaryblock + end + voxels, change, None
    if draw < 0.56:
        change = _harmless(bench, header)
        return header.binaryblock + end + voxels, change, Meaning.HARMLESS
    if draw < 0.66:
        return (*_extended(bench, header, voxels), None)
    # A bomb takes a second to read: rarely.
    table = _PLAIN if draw < 0.83 else _PACKED
    name = bench.choose(table)
    if name == "gzip, most of it zeros" and bench.random.random() < 0.7:
        name = "gzip bytes flipped"
    return table[name](header.binaryblock + end + voxels, bench), name, None


def scan_commands(
    bench: Bench, path: Path, truth: Truth | None, *, guide: bool = False
) -> tuple[Command, ...]:
    """Return the reading of a scan, and one verb that uses it."""
    scan, weights = str(path), str(bench.templates / "tiny.safetensors")
    read = Command(("read", scan, "."), truth=truth)
    if guide:
        target = str(bench.templates / "t2.nii.gz")
        words = ("enhance", target, "--guide", scan, "--weights", weights, *_enhance(bench))
        return (read, Command(words, "sr.nii.gz", truth=head()))
    alone = ("--weights", str(bench.templates / "unguided.safetensors"))
    degrade = ("degrade", scan, "--factor", "1,1,2")
    pair = ("--guide", str(bench.templates / "t1.nii.gz"), "--weights", weights)
    options = (
        Command(("info", scan), lists=path.is_dir()),
        Command((*degrade, "-o", "lr.nii.gz", "-q"), "lr.nii.gz", truth=truth),
        Command(("enhance", scan, *alone, *_enhance(bench)), "sr.nii.gz", truth=truth),
        Command(("enhance", scan, *pair, *_enhance(bench)), "sr.nii.gz", truth=truth),
    )
    return (read, bench.choose(options))


def _enhance(bench: Bench) -> tuple[str, ...]:
    maps = ("--maps",) if bench.random.random() < 0.1 else ()
    return ("--factor", "2", "-o", "sr.nii.gz", "-q", "--device", "cpu", "--no-register", *maps)
