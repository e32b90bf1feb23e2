"""Slices that contradict each other, or headers that state one thing twice, are warned of."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from crossres.io import read
from crossres.types import CrossresWarning
from crossres.volume import Grid
from dicom_files import blob, write_enhanced, write_files

VOLUME = blob(Grid((6, 5, 5), np.diag([-1.0, -1.0, 3.0, 1.0])))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"FrameOfReferenceUID": "1.2.3"}, "differ in frame of reference"),
        ({"Modality": "CT"}, "differ in modality"),
        ({"StudyInstanceUID": "1.2.3"}, "differ in study"),
    ],
)
@pytest.mark.parametrize("k", [0, 3])
def test_slices_of_other_origin_are_named(
    tmp_path: Path, values: dict[str, Any], words: str, k: int
) -> None:
    def change(header: Dataset, n: int) -> None:
        for name, value in values.items() if n == k else ():
            setattr(header, name, value)

    write_files(tmp_path, VOLUME, change=change)
    with pytest.warns(CrossresWarning, match=words):
        found = read(tmp_path)
    np.testing.assert_array_equal(found.data, VOLUME.data)
    assert (found.frame is None) == ("reference" in words)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RescaleSlope", 1000, "Rescale Slope of 1000 in slice 4 of 5, and 1 in most others"),
        ("RescaleIntercept", -9, "Rescale Intercept of -9 in slice 4 of 5, and 0 in most others"),
    ],
)
def test_a_scale_of_one_slice_only_is_named(
    tmp_path: Path, name: str, value: int, words: str
) -> None:
    def change(header: Dataset, k: int) -> None:
        if k == 3:
            setattr(header, name, value)

    write_files(tmp_path, VOLUME, change=change, RescaleSlope=1, RescaleIntercept=0)
    with pytest.warns(CrossresWarning, match=words):
        read(tmp_path)


def test_a_scale_of_each_slice_needs_no_warning(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.RescaleSlope, header.RescaleIntercept = k + 1, -k

    write_files(tmp_path, VOLUME, change=change)
    expected = VOLUME.data * (1 + np.arange(5)) - np.arange(5)
    np.testing.assert_allclose(read(tmp_path).data, expected)


GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", [7.0, 7.0], "Pixel Spacing"),
    "PlaneOrientationSequence": ("ImageOrientationPatient", [0, 1, 0, 1, 0, 0], "Orientation"),
    "PlanePositionSequence": ("ImagePositionPatient", [7, 7, 7], "Image Position"),
    "PixelValueTransformationSequence": ("RescaleSlope", 7, "Rescale Slope"),
}


@pytest.mark.parametrize("place", ["all frames", "second item", "top"])
@pytest.mark.parametrize("group", GROUPS)
def test_what_an_enhanced_file_states_twice_is_named(
    tmp_path: Path, group: str, place: str
) -> None:
    path = write_enhanced(tmp_path / "e", VOLUME)
    header = dcmread(path)
    name, value, title = GROUPS[group]
    item = Dataset()
    setattr(item, name, value)
    [shared] = header.SharedFunctionalGroupsSequence
    if place == "top":
        setattr(header, name, value)
    else:
        setattr(shared, group, [*(shared.get(group) or []), item])
    header.save_as(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read(tmp_path)
    np.testing.assert_array_equal(found.data, VOLUME.data)
    assert found.grid.is_close(VOLUME.grid)
    # A converter may add the place and the scale of the first frame at the top.
    silent = place == "top" and title in ("Image Position", "Rescale Slope")
    assert [title in str(one.message) for one in caught] == [True] * (not silent)


def test_one_value_in_two_places_needs_no_warning(tmp_path: Path) -> None:
    path = write_enhanced(tmp_path / "e", VOLUME)
    header = dcmread(path)
    measures = header.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    header.PixelSpacing = measures.PixelSpacing
    for frame in header.PerFrameFunctionalGroupsSequence:
        frame.PixelMeasuresSequence = [measures]
    header.save_as(path)
    assert read(tmp_path).grid.is_close(VOLUME.grid)
