"""Decoders of compressed frames; what looks damaged is an error, never an image."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from crossres.io.dicom.jpeg_lossless import check_length
from crossres.io.dicom.markers import JPEG2000_START, frame_header, with_termination_check

# OpenJPEG's one remark on code streams that are whole; old versions of Kakadu write them so.
_HARMLESS = "TPsot==TNsot"
_RLE_HEADER, _RLE_PLANES = 64, 16


@dataclass(frozen=True)
class Expected:
    """What the header of a file states of each of its frames.

    Args:
        rows: Rows.
        columns: Columns.
        kind: Type of a pixel in memory, without sign.
    """

    rows: int
    columns: int
    kind: np.dtype[Any]


def decode(syntax: UID, compressed: bytes, expected: Expected) -> tuple[NDArray[Any], int]:
    """Decode one frame.

    Args:
        syntax: Transfer syntax of its file.
        compressed: The frame.
        expected: What the header states of it.

    Returns:
        The pixels, (rows, columns), and how many bits of each the compression kept.

    Raises:
        ValueError: Damaged, truncated, of another size than the header states, or in colour.
        KeyError: A compression without a decoder.
    """
    if syntax == RLELossless:
        return _rle(compressed, expected), 8 * expected.kind.itemsize
    decoder = _DECODERS[syntax]
    rows, columns, precision = frame_header(compressed)
    if (rows, columns) != (expected.rows, expected.columns):
        raise ValueError(f"{rows} x {columns} pixels")
    found = np.asarray(decoder(compressed))
    if found.shape != (rows, columns):
        raise ValueError(f"pixels of shape {found.shape}")
    if found.dtype.kind == "u" and precision < 32 and int(found.max()) >> precision:
        raise ValueError("numbers above the bits that were compressed")
    return found, precision


def _rle(compressed: bytes, expected: Expected) -> NDArray[Any]:
    """Decode a frame of RLE: one plane for each byte of a pixel, the highest first."""
    count, *starts = np.frombuffer(compressed[:_RLE_HEADER], "<u4").tolist()
    if count != expected.kind.itemsize or len(starts) < _RLE_PLANES - 1:
        raise ValueError(f"{count} planes")
    ends = [*starts[1:count], len(compressed)]
    planes = [
        imagecodecs.packbits_decode(compressed[start:end])
        for start, end in zip(starts[:count], ends, strict=True)
    ]
    if any(len(plane) != expected.rows * expected.columns for plane in planes):
        raise ValueError("planes of another size")
    together = np.stack([np.frombuffer(plane, np.uint8) for plane in planes], axis=-1)
    pixels = together.view(expected.kind.newbyteorder(">"))
    return pixels.reshape(expected.rows, expected.columns).astype(expected.kind)


def _jpeg_lossless(compressed: bytes) -> NDArray[Any]:
    """Decode JPEG lossless; the decoder itself does not notice damage."""
    found: NDArray[Any] = imagecodecs.jpegsof3_decode(compressed)
    check_length(compressed, found)
    return found


def _jpeg2000(compressed: bytes) -> NDArray[Any]:
    """Decode JPEG 2000; what OpenJPEG warns of is damage."""
    whole = compressed[compressed.index(JPEG2000_START) :]
    with _warnings() as noted:
        found: NDArray[Any] = imagecodecs.jpeg2k_decode(
            with_termination_check(whole), verbose=2, numthreads=1
        )
    if noted:
        raise ValueError("damaged code blocks")
    return found


class _Listener(logging.Handler):
    """Collects the warnings that one thread causes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread, self.noted = threading.get_ident(), list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.thread == self.thread and _HARMLESS not in text:
            self.noted.append(text)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect the warnings of a decoder, which it logs, without showing them."""
    log, listener = logging.getLogger("imagecodecs"), _Listener()
    passed_on, level = log.propagate, log.level
    log.addHandler(listener)
    log.propagate = False
    log.setLevel(logging.WARNING)
    try:
        yield listener.noted
    finally:
        log.removeHandler(listener)
        log.propagate = passed_on
        log.setLevel(level)


_DECODERS: dict[UID, Callable[[bytes], NDArray[Any]]] = {
    JPEGBaseline8Bit: imagecodecs.jpeg8_decode,
    JPEGExtended12Bit: imagecodecs.jpeg8_decode,
    JPEGLossless: _jpeg_lossless,
    JPEGLosslessSV1: _jpeg_lossless,
    JPEGLSLossless: imagecodecs.jpegls_decode,
    JPEGLSNearLossless: imagecodecs.jpegls_decode,
    JPEG2000Lossless: _jpeg2000,
    JPEG2000: _jpeg2000,
    HTJ2KLossless: _jpeg2000,
    HTJ2KLosslessRPCL: _jpeg2000,
    HTJ2K: _jpeg2000,
}
