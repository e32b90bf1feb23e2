"""The bits of a JPEG lossless frame are exactly those that its pixels need."""

import imagecodecs
import numpy as np
import pytest

from crossres.io.dicom.jpeg_lossless import check_length

_RANDOM = np.random.default_rng(3)
PICTURES = {
    "noise": _RANDOM.integers(0, 4096, (33, 40)).astype(np.uint16),
    "extremes": _RANDOM.choice(np.array([0, 4095], np.uint16), (33, 40)),
    "zeros": np.zeros((33, 40), np.uint16),
}


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("name", PICTURES)
def test_whole_frames_pass_with_every_predictor(name: str, predictor: int) -> None:
    picture = PICTURES[name]
    coded = imagecodecs.jpeg8_encode(picture, lossless=True, predictor=predictor, bitspersample=12)
    found = imagecodecs.jpegsof3_decode(coded)
    np.testing.assert_array_equal(found, picture)
    check_length(coded, found)


def test_pixels_that_need_another_number_of_bits_are_refused() -> None:
    picture = PICTURES["noise"]
    coded = imagecodecs.jpeg8_encode(picture, lossless=True, predictor=1, bitspersample=12)
    other = picture.copy()
    other[10:14] = 0
    with pytest.raises(ValueError, match="bits left"):
        check_length(coded, other)
