"""DICOM files as streams for pydicom; packed and deflated ones are unpacked within a bound."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import SEEK_END, BufferedIOBase, BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from pydicom.filereader import read_dataset, read_preamble

from crossres.files import open_file
from crossres.io.dicom.recognition import is_packed
from crossres.types import FileFormatError

_PIECE = 1 << 16
# MR images shrink two- to tenfold, masked ones up to about thirtyfold. A small file may hold one
# image of zeros, which shrinks a thousandfold.
_SMALLEST_BOUND = 64 << 20
_LARGEST_RATIO = 32
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_INFLATED = b"1.2.840.10008.1.2.1".ljust(len(_DEFLATED), b"\0")


def opened(source: Path | bytes) -> BufferedIOBase:
    """Open a DICOM file, unpacked from gzip and inflated.

    Args:
        source: The file, or its content.

    Returns:
        A stream of DICOM that is not deflated.

    Raises:
        FileFormatError: Packed content that is damaged or out of proportion to the file.
        OSError: The file cannot be read.
    """
    stream: BufferedIOBase = open_file(source) if isinstance(source, Path) else BytesIO(source)
    bound = max(_SMALLEST_BOUND, _LARGEST_RATIO * stream.seek(0, SEEK_END))
    stream.seek(0)
    try:
        if is_packed(stream.read(2)):
            stream.seek(0)
            with stream:
                stream = BytesIO(_unpacked(_from_gzip(stream), bound))
        return _inflated(stream, bound)
    except BaseException:
        stream.close()
        raise


def _inflated(stream: BufferedIOBase, bound: int) -> BufferedIOBase:
    """Return a stream at its start, inflated if its transfer syntax is deflated."""
    stream.seek(0)
    file = cast(BinaryIO, stream)
    read_preamble(file, force=True)
    meta = read_dataset(file, False, True, stop_when=lambda tag, vr, size: tag.group != 2)
    length = stream.tell()
    stream.seek(0)
    if meta.get("TransferSyntaxUID") != _DEFLATED.decode():
        return stream
    with stream:
        head = stream.read(length).replace(_DEFLATED, _INFLATED)
        return BytesIO(head + _unpacked(_from_deflate(stream), bound))


def _unpacked(pieces: Iterator[bytes], bound: int) -> bytes:
    """Return unpacked pieces as one.

    Raises:
        FileFormatError: They are damaged, truncated, or larger than the bound.
    """
    found = bytearray()
    try:
        for piece in pieces:
            found += piece
            _check_bound(len(found), bound)
    except EOFError:
        raise FileFormatError(
            "has packed content that is truncated; get a new copy of it"
        ) from None
    except (gzip.BadGzipFile, zlib.error):
        raise FileFormatError("has packed content that is damaged; get a new copy of it") from None
    return bytes(found)


def _from_gzip(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the content of gzip; several members, one after the other, are one content."""
    packed = gzip.GzipFile(fileobj=stream)
    while piece := packed.read(_PIECE):
        yield piece


def _from_deflate(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the rest of a stream, inflated."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while not unpacker.eof:
        piece = unpacker.unconsumed_tail or stream.read(_PIECE)
        if not piece:
            raise EOFError
        yield unpacker.decompress(piece, _PIECE)


def _check_bound(size: int, bound: int) -> None:
    """Check that unpacked content is in proportion to its file."""
    if size > bound:
        raise FileFormatError(
            f"unpacks to more than {bound >> 20} MB, far more than its size on disk; "
            "store it unpacked if it is an image"
        )
