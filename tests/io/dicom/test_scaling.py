"""Slices state one scale and one format each, and padding becomes background."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.config import disable_value_validation

from crossres.io import read
from crossres.types import VolumeError
from crossres.volume import Grid
from dicom_files import blob, in_slice, write_enhanced, write_files

VOLUME = blob(Grid((6, 5, 5), np.diag([-1.0, -1.0, 3.0, 1.0])))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"RescaleSlope": None}, "no Rescale Slope in slice 4 of 5"),
        ({"RescaleIntercept": None}, "no Rescale Intercept in slice 4 of 5"),
        ({"RescaleSlope": "0"}, "a Rescale Slope of 0 in slice 4 of 5"),
        ({"RescaleSlope": "-2"}, "a Rescale Slope of -2 in slice 4 of 5, of the opposite sign"),
        ({"RescaleSlope": "nan"}, "a Rescale Slope of nan in slice 4 of 5"),
        ({"RescaleIntercept": "-inf"}, "a Rescale Intercept of -inf in slice 4 of 5"),
        ({"BitsStored": 1}, "1 unsigned bits, the highest bit 15 in slice 4 of 5"),
        ({"HighBit": 11, "BitsStored": 12}, "the highest bit 11 in slice 4 of 5"),
        ({"PixelRepresentation": 1}, "16 signed bits"),
    ],
)
def test_a_slice_that_contradicts_the_others_is_named(
    tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    with disable_value_validation():
        write_files(
            tmp_path, VOLUME, change=in_slice(3, **values), RescaleSlope=2, RescaleIntercept=-5
        )
        with pytest.raises(VolumeError) as caught:
            read(tmp_path)
    assert words in str(caught.value)
    assert "; get a new export" in str(caught.value)


def test_the_only_slice_with_a_scale_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, VOLUME, change=in_slice(1, RescaleSlope=2))
    with pytest.raises(VolumeError, match="a Rescale Slope in slice 2 of 5, unlike"):
        read(tmp_path)


@pytest.mark.parametrize("scale", [None, 0.0])
def test_a_frame_of_an_enhanced_file_without_a_scale_is_named(
    tmp_path: Path, scale: float | None
) -> None:
    def change(frame: Dataset, k: int) -> None:
        if k == 2 and scale is None:
            del frame.PixelValueTransformationSequence
        elif k == 2:
            frame.PixelValueTransformationSequence[0].RescaleSlope = scale

    write_enhanced(tmp_path / "e", VOLUME, change=change)
    with pytest.raises(VolumeError, match=r"Rescale Slope.* in slice 3 of 5"):
        read(tmp_path)


@pytest.mark.parametrize("scales", [{}, {"RescaleSlope": 2, "RescaleIntercept": 100}], ids=str)
def test_padding_becomes_the_lowest_value_of_the_image(
    tmp_path: Path, scales: dict[str, float]
) -> None:
    data = VOLUME.data - 300
    data[:2] = -2000
    write_files(tmp_path, VOLUME.with_data(data), dtype="int16", PixelPaddingValue=-2000, **scales)
    slope, intercept = scales.get("RescaleSlope", 1), scales.get("RescaleIntercept", 0)
    expected = slope * data + intercept
    expected[:2] = expected[2:].min()
    np.testing.assert_allclose(read(tmp_path).data, expected)


@pytest.mark.parametrize("stating", [{1}, {0, 1, 3, 4}], ids=str)
def test_padding_that_some_slices_state_is_that_of_all(tmp_path: Path, stating: set[int]) -> None:
    def change(header: Dataset, k: int) -> None:
        if k in stating:
            header.PixelPaddingValue = -2000

    data = VOLUME.data - 300
    data[:2] = -2000
    write_files(tmp_path, VOLUME.with_data(data), dtype="int16", change=change)
    data[:2] = data[2:].min()
    np.testing.assert_array_equal(read(tmp_path).data, data)


def test_slices_with_a_padding_of_their_own_each(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        if k:
            header.PixelPaddingValue = -2000 - k

    data = VOLUME.data - 300
    data[:2, :, 1:] = -2000 - np.arange(1, 5)
    write_files(tmp_path, VOLUME.with_data(data), dtype="int16", change=change)
    data[:2, :, 1:] = np.concatenate([data[2:].ravel(), data[:2, :, 0].ravel()]).min()
    np.testing.assert_array_equal(read(tmp_path).data, data)


def test_padding_of_zero_stays_zero(tmp_path: Path) -> None:
    data = VOLUME.data + 7
    data[:2] = 0
    write_files(tmp_path, VOLUME.with_data(data), PixelPaddingValue=0)
    np.testing.assert_array_equal(read(tmp_path).data, data)
