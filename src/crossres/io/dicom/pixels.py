"""Pixels of DICOM files, unpacked; what is cut off is an error, never a picture."""

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
# pydicom takes whatever plugin is installed; these were tried with damaged data, and GDCM's, which
# may be there as well, can end the process.
_PLUGINS = {
    JPEGBaseline8Bit: "pillow",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
}


def decoded(path: Path, which: str) -> NDArray[Any]:
    """Decode all pictures of a file, as stored.

    Args:
        path: The file.
        which: What to call it in errors; its name may be the patient's.

    Returns:
        Numbers of the stored type, (frames, rows, columns).

    Raises:
        FileFormatError: No pixels, too few, damaged ones, or an unknown compression.
    """
    syntax = "?"
    try:
        with silent():
            header = dataset(path, pixels=True)
            syntax = header.file_meta.TransferSyntaxUID.name
            if any(name in header for name in _ATTRIBUTES):
                return _pictures(header).reshape(-1, int(header.Rows), int(header.Columns))
    # What a damaged file does inside a decoder is anyone's guess, and the message may quote it.
    except Exception:
        raise FileFormatError(
            f"cannot be decoded: {which}, stored as {syntax}, is truncated, damaged or of an "
            "unknown kind; get a new export of it, uncompressed if need be"
        ) from None
    raise FileFormatError(f"has no pixels in {which}; get a new export of it")


def _pictures(header: Dataset) -> NDArray[Any]:
    syntax = header.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated or syntax == RLELossless:
        return pixel_array(header)
    count = int(header.get("NumberOfFrames") or 1)
    packed = list(generate_frames(header.PixelData, number_of_frames=count))
    # Some decoders fill what was cut off with anything.
    if not all(one.rstrip(b"\0").endswith(_END_OF_JPEG) for one in packed):
        raise EOFError("a picture has no end")
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        return _lossless(packed, header)
    return pixel_array(header, decoding_plugin=_PLUGINS.get(syntax, ""))


def _lossless(packed: Sequence[bytes], header: Dataset) -> NDArray[Any]:
    """Decode JPEG lossless pictures, for which pydicom has no plugin that could be used here."""
    allocated, stored = int(header.BitsAllocated), int(header.BitsStored)
    unsigned = np.dtype(f"u{allocated // 8}")
    pictures = np.stack([imagecodecs.jpegsof3_decode(one) for one in packed]).astype(unsigned)
    # Shifted up and down again, the highest stored bit is the sign.
    kind = np.dtype(f"i{allocated // 8}") if header.PixelRepresentation else unsigned
    shifted = (pictures << (allocated - stored)).view(kind)
    return np.asarray(shifted >> (allocated - stored))
