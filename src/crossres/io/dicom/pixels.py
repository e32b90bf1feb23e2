"""Decoding of the pixels of DICOM files; truncated data is an error, never an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from crossres.io.dicom.frames import dataset, silent
from crossres.types import FileFormatError

_ATTRIBUTES = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_END_OF_JPEG = b"\xff\xd9"
# By default pydicom takes any plugin that is installed. These were tested with damaged data; that
# of GDCM, which may be installed too, can end the process.
_PLUGINS = {
    JPEGBaseline8Bit: "pillow",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
}


def decoded(path: Path, label: str) -> NDArray[Any]:
    """Decode all frames of a file, without scaling.

    Args:
        path: The file.
        label: Its name in errors, because the file name may be that of the patient.

    Returns:
        Numbers of the stored type, (frames, rows, columns).

    Raises:
        FileFormatError: No pixels, missing or damaged pixels, or an unknown compression.
    """
    syntax = "?"
    try:
        with silent():
            header = dataset(path, pixels=True)
            syntax = header.file_meta.TransferSyntaxUID.name
            if any(name in header for name in _ATTRIBUTES):
                return _frames(header).reshape(-1, int(header.Rows), int(header.Columns))
    # A damaged file can raise any error within a decoder, and the message may quote its content.
    except Exception:
        raise FileFormatError(
            f"cannot be decoded: {label}, stored as {syntax}, is truncated, damaged or of an "
            "unknown kind; get a new export of it, uncompressed if need be"
        ) from None
    raise FileFormatError(f"has no pixels in {label}; get a new export of it")


def _frames(header: Dataset) -> NDArray[Any]:
    """Decode the frames of a file."""
    syntax = header.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated or syntax == RLELossless:
        return pixel_array(header)
    count = int(header.get("NumberOfFrames") or 1)
    compressed = list(generate_frames(header.PixelData, number_of_frames=count))
    # Some decoders fill the missing part of a truncated frame with arbitrary values.
    if not all(one.rstrip(b"\0").endswith(_END_OF_JPEG) for one in compressed):
        raise EOFError("a frame has no end")
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        return _jpeg_lossless(compressed, header)
    return pixel_array(header, decoding_plugin=_PLUGINS.get(syntax, ""))


def _jpeg_lossless(compressed: Sequence[bytes], header: Dataset) -> NDArray[Any]:
    """Decode frames of JPEG lossless, for which pydicom has no suitable plugin."""
    allocated, stored = int(header.BitsAllocated), int(header.BitsStored)
    unsigned = np.dtype(f"u{allocated // 8}")
    frames = np.stack([imagecodecs.jpegsof3_decode(one) for one in compressed]).astype(unsigned)
    # A shift up and down extends the highest stored bit, which is the sign, over the upper bits.
    kind = np.dtype(f"i{allocated // 8}") if header.PixelRepresentation else unsigned
    shifted = (frames << (allocated - stored)).view(kind)
    return np.asarray(shifted >> (allocated - stored))
