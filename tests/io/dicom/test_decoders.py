"""Frames are decoded exactly, and damage inside them is noticed where the compression shows it."""

import logging

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from scipy.ndimage import gaussian_filter

from crossres.io.dicom.decoders import Expected, decode

SIZE = 64
_RANDOM = np.random.default_rng(0)
_SMOOTH = 2000 * gaussian_filter(_RANDOM.standard_normal((SIZE, SIZE)), 1.5) + 800
PICTURE = (_SMOOTH + _RANDOM.normal(0, 20, (SIZE, SIZE))).clip(0, 4095).astype(np.uint16)
EXPECTED = Expected(SIZE, SIZE, np.dtype("u2"))


def rle(planes: list[bytes]) -> bytes:
    """Return a frame of RLE: a header of 16 numbers, then its planes."""
    starts = [64 + sum(map(len, planes[:n])) for n in range(len(planes))]
    header = [len(planes), *starts, *[0] * (15 - len(planes))]
    return np.array(header, "<u4").tobytes() + b"".join(planes)


def planes_of(picture: NDArray[np.uint16]) -> list[bytes]:
    return [
        imagecodecs.packbits_encode((picture >> shift).astype(np.uint8).tobytes())
        for shift in (8, 0)
    ]


STREAMS: dict[UID, bytes] = {
    JPEG2000Lossless: imagecodecs.jpeg2k_encode(PICTURE, reversible=True, codecformat="j2k"),
    JPEGLSLossless: imagecodecs.jpegls_encode(PICTURE),
    JPEGLosslessSV1: imagecodecs.jpeg8_encode(
        PICTURE, lossless=True, predictor=1, bitspersample=12
    ),
    RLELossless: rle(planes_of(PICTURE)),
}


@pytest.mark.parametrize("syntax", STREAMS, ids=lambda syntax: syntax.keyword)
def test_whole_frames_are_decoded_exactly(syntax: UID) -> None:
    found, _ = decode(syntax, STREAMS[syntax], EXPECTED)
    np.testing.assert_array_equal(found, PICTURE)


@pytest.mark.parametrize(
    ("syntax", "least"),
    [(JPEG2000Lossless, 34), (JPEGLSLossless, 28), (JPEGLosslessSV1, 8), (RLELossless, 1)],
    ids=lambda value: getattr(value, "keyword", ""),
)
def test_flipped_bits_are_noticed_as_far_as_a_compression_shows_them(
    syntax: UID, least: int
) -> None:
    random, noticed = np.random.default_rng(2), 0
    for _ in range(40):
        damaged = bytearray(STREAMS[syntax])
        damaged[random.integers(220, len(damaged) - 2)] ^= 1 << int(random.integers(8))
        try:
            decode(syntax, bytes(damaged), EXPECTED)
        except Exception:
            noticed += 1
    assert noticed >= least


@pytest.mark.parametrize("syntax", list(STREAMS)[:3], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("size", [(63, 64), (64, 128), (8192, 8192)])
def test_frames_of_another_size_are_refused_before_they_are_decoded(
    syntax: UID, size: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="64 x 64 pixels"):
        decode(syntax, STREAMS[syntax], Expected(*size, np.dtype("u2")))


def test_a_frame_in_colour_is_refused() -> None:
    colour = imagecodecs.jpeg8_encode(np.zeros((8, 8, 3), np.uint8), level=90)
    with pytest.raises(ValueError, match="3 channels"):
        decode(JPEGBaseline8Bit, colour, Expected(8, 8, np.dtype("u1")))


@pytest.mark.parametrize("change", ["short", "long", "plane"])
def test_planes_of_rle_must_have_the_size_of_the_image(change: str) -> None:
    pixels = {"short": PICTURE[:-1], "long": np.vstack([PICTURE, PICTURE[:1]])}.get(change, PICTURE)
    planes = planes_of(pixels)
    damaged = rle(planes[:1] if change == "plane" else planes)
    with pytest.raises(ValueError, match="planes"):
        decode(RLELossless, damaged, EXPECTED)


def test_warnings_of_the_decoder_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    damaged = bytearray(STREAMS[JPEG2000Lossless])
    damaged[300] ^= 4
    before = logging.getLogger("imagecodecs").handlers
    with pytest.raises(ValueError, match="damaged code blocks"):
        decode(JPEG2000Lossless, bytes(damaged), EXPECTED)
    assert caplog.records == []
    assert logging.getLogger("imagecodecs").handlers == before
