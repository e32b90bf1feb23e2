"""Size and precision of code streams are read from their markers."""

import imagecodecs
import numpy as np
import pytest

from crossres.io.dicom.markers import frame_header, segments, with_termination_check

PICTURE = np.random.default_rng(0).integers(0, 4096, (20, 30)).astype(np.uint16)
STREAMS = {
    "JPEG 2000": (imagecodecs.jpeg2k_encode(PICTURE, codecformat="j2k", bitspersample=12), 12),
    "JPEG 2000 in a file": (imagecodecs.jpeg2k_encode(PICTURE, codecformat="jp2"), 16),
    "high throughput": (imagecodecs.htj2k_encode(PICTURE, reversible=True), 16),
    "JPEG-LS": (imagecodecs.jpegls_encode(PICTURE), 16),
    "JPEG lossless": (imagecodecs.jpeg8_encode(PICTURE, lossless=True, bitspersample=12), 12),
    "JPEG": (imagecodecs.jpeg8_encode((PICTURE >> 4).astype(np.uint8)), 8),
}


@pytest.mark.parametrize("name", STREAMS)
def test_rows_columns_and_bits(name: str) -> None:
    stream, bits = STREAMS[name]
    assert frame_header(stream) == (20, 30, bits)


@pytest.mark.parametrize("stream", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\2", bytes(40)])
def test_no_code_stream_at_all(stream: bytes) -> None:
    with pytest.raises(ValueError, match="no "):
        frame_header(stream)


def test_the_check_changes_one_bit_and_no_pixel() -> None:
    stream, _ = STREAMS["JPEG 2000"]
    marked = with_termination_check(stream)
    different = np.flatnonzero(np.frombuffer(stream, "u1") != np.frombuffer(marked, "u1"))
    [style] = [begin + 8 for code, begin, _ in segments(stream) if code == 0x52]
    assert different.tolist() == [style]
    np.testing.assert_array_equal(
        imagecodecs.jpeg2k_decode(marked), imagecodecs.jpeg2k_decode(stream)
    )


def test_high_throughput_streams_are_left_alone() -> None:
    stream, _ = STREAMS["high throughput"]
    assert with_termination_check(stream) == stream
