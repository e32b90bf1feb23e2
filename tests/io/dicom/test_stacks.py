"""Geometry decides what one stack is; attributes divide only slices in the same places."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid

from crossres.io import read
from crossres.io.dicom import find_series, list_series, load_series, read_series
from crossres.io.dicom.frames import frames_of
from crossres.io.dicom.stacks import is_even, stacks_of
from crossres.types import CrossresWarning, GridError, SettingsError
from crossres.volume import Grid
from dicom_files import WORDS, blob, write_enhanced, write_files

VOLUME = blob(Grid((7, 6, 6), np.diag([-0.9, -1.1, 4.0, 1.0])))
PLAIN_KIND = ["ORIGINAL", "PRIMARY", "M", "ND"]
Change = Callable[[Dataset, int], object]


def by_slice(name: str, values: list[Any]) -> Change:
    """Set an attribute to another value in each slice, in turn."""

    def change(header: Dataset, k: int) -> None:
        setattr(header, name, values[k % len(values)])

    return change


SMALL_DIFFERENCES = {
    "image type of half": ("image type", by_slice("ImageType", [PLAIN_KIND] * 3 + [
        [*PLAIN_KIND, "NORM"]] * 3)),
    "image type in turn": ("image type", by_slice("ImageType", [PLAIN_KIND,
        [*PLAIN_KIND, "NORM"]])),
    "no image type in some": ("image type", by_slice("ImageType", [PLAIN_KIND, None])),
    "echo time by a microsecond": ("echo time", by_slice("EchoTime", ["90.000", "90.001"])),
    "no echo time in one": ("echo time", by_slice("EchoTime", ["90"] * 5 + [None])),
    "digits of the spacing": ("pixel spacing", by_slice("PixelSpacing", [["1.1000", "0.9000"],
        ["1.1", "0.90003"]])),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL_DIFFERENCES)
def test_slices_that_lie_evenly_are_one_stack_with_a_warning(tmp_path: Path, name: str) -> None:
    trait, change = SMALL_DIFFERENCES[name]
    write_files(tmp_path, VOLUME, change=change)
    with pytest.warns(CrossresWarning, match=f"differ in {trait}"):
        found = read(tmp_path)
    assert found.grid.is_close(VOLUME.grid, tolerance=1e-2)
    np.testing.assert_array_equal(found.data, VOLUME.data)


def test_attributes_that_decide_nothing_need_no_warning(tmp_path: Path) -> None:
    write_files(tmp_path, VOLUME, change=by_slice("AcquisitionNumber", [1, 2]))
    np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


def test_the_spacing_with_most_digits_is_used(tmp_path: Path) -> None:
    spacings = [["0.4687", "0.4687"], ["0.46875", "0.46875"]]
    write_files(tmp_path, VOLUME, change=by_slice("PixelSpacing", spacings))
    with pytest.warns(CrossresWarning, match="pixel spacing"):
        assert read(tmp_path).grid.spacing[:2] == (0.46875, 0.46875)


@pytest.mark.parametrize(
    ("name", "values", "label"),
    [
        ("EchoTime", [90, 30], "T2 tse [TE 30]"),
        ("EchoTime", [90, 90.001], "T2 tse [TE 90.001]"),
        ("ImageType", [PLAIN_KIND, ["DERIVED", "PRIMARY", "P"]], "T2 tse [DERIVED/PRIMARY/P]"),
        ("ImageType", [PLAIN_KIND, [*PLAIN_KIND, "NORM"]], "T2 tse [ORIGINAL/PRIMARY/M/ND/NORM]"),
    ],
)
def test_stacks_in_the_same_places_stay_separate(
    tmp_path: Path, name: str, values: list[Any], label: str
) -> None:
    for n, value in enumerate(values):
        brighter = VOLUME.with_data(VOLUME.data + n)
        write_files(tmp_path, brighter, SeriesInstanceUID="1.2.3", **{name: value})
    found = list_series(tmp_path).series
    read_both = [load_series(series) for series in found]
    assert {volume.data.max() - VOLUME.data.max() for volume, *_ in read_both} == {0, 1}
    assert [notes for _, notes, _ in read_both] == [[], []]
    assert found[0].label == label


def test_another_quantity_in_some_slices_is_another_stack(tmp_path: Path) -> None:
    phase = ["ORIGINAL", "PRIMARY", "P", "ND"]
    write_files(tmp_path, VOLUME, change=by_slice("ImageType", [PLAIN_KIND] * 3 + [phase] * 3))
    with pytest.raises(SettingsError, match="there are 2 series"):
        read(tmp_path)


def test_a_gap_is_not_hidden_by_a_division(tmp_path: Path) -> None:
    change = by_slice("ImageType", [PLAIN_KIND, [*PLAIN_KIND, "NORM"]])
    write_files(tmp_path, VOLUME, change=change)[1].unlink()
    with pytest.raises(GridError, match="lacks 1 slice"):
        read(tmp_path)


def test_image_types_of_an_enhanced_file(tmp_path: Path) -> None:
    def change(frame: Dataset, k: int) -> None:
        item = Dataset()
        item.FrameType = [*PLAIN_KIND, "NORM"] if k % 2 else PLAIN_KIND
        frame.MRImageFrameTypeSequence = [item]

    write_enhanced(tmp_path / "e", VOLUME, change=change)
    with pytest.warns(CrossresWarning, match="image type"):
        np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


def test_copies_count_once(tmp_path: Path) -> None:
    frames = [frame for path in write_files(tmp_path, VOLUME) for frame in frames_of(path)]
    copies = [replace(frame, path=Path("copy")) for frame in frames[:2]]
    assert is_even([*frames, *copies])
    assert not is_even([*frames, replace(frames[0], instance="1.2.3")])
    assert len(stacks_of([*frames, *copies])) == 1


# Halves


def test_half_of_an_interleaved_stack_is_warned_of(tmp_path: Path) -> None:
    for k, path in enumerate(write_files(tmp_path, VOLUME)):
        if k % 2:
            path.unlink()
    with pytest.warns(CrossresWarning, match=r"8\.00 mm apart that should be 4\.00 mm"):
        assert read(tmp_path).grid.shape == (7, 6, 3)


@pytest.mark.parametrize("thickness", [None, 9.0])
def test_the_thickness_of_most_slices_decides(tmp_path: Path, thickness: float | None) -> None:
    def change(header: Dataset, k: int) -> None:
        header.SliceThickness = 2 if k else thickness

    write_files(tmp_path, VOLUME, change=change)
    with pytest.warns(CrossresWarning, match=r"4\.00 mm apart that should be 2\.00 mm"):
        read(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("SpacingBetweenSlices", 8), ("SliceThickness", 40)])
def test_slices_closer_than_the_header_states_are_warned_of(
    tmp_path: Path, name: str, value: int
) -> None:
    def change(header: Dataset, k: int) -> None:
        setattr(header, name, value)

    write_files(tmp_path, VOLUME, change=change)
    with pytest.warns(CrossresWarning) as found:
        read(tmp_path)
    texts = [str(each.message) for each in found]
    assert f"4.00 mm apart that should be {value}.00" in texts[0]
    assert ["40 mm thick; that is not used" in text for text in texts[1:]] == [True] * (value == 40)


@pytest.mark.parametrize(
    "values",
    [
        {"SliceThickness": 2, "SpacingBetweenSlices": 4},
        {"SliceThickness": 3, "SpacingBetweenSlices": 1},
        {"SliceThickness": 8},
        {"SliceThickness": None},
    ],
    ids=str,
)
def test_gaps_that_the_header_states_need_no_warning(
    tmp_path: Path, values: dict[str, float | None]
) -> None:
    def change(header: Dataset, k: int) -> None:
        for name, value in values.items():
            setattr(header, name, value)

    write_files(tmp_path, VOLUME, change=change)
    np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


# A series for each slice


def each_alone(name: str = "SeriesInstanceUID") -> Change:
    return lambda header, k: setattr(header, name, generate_uid())


def test_a_series_uid_for_each_image_is_joined_with_a_warning(tmp_path: Path) -> None:
    paths = write_files(tmp_path, VOLUME, change=each_alone())
    for given in (tmp_path, paths[2]):
        series = find_series(given)
        assert series.label == "T2 tse"
        with pytest.warns(CrossresWarning, match="Series Instance UID for each of its 6 images"):
            np.testing.assert_array_equal(read_series(series).data, VOLUME.data)


def test_where_images_cannot_be_joined_the_reason_is_named(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.SeriesInstanceUID, header.StudyInstanceUID = generate_uid(), generate_uid()

    write_files(tmp_path, VOLUME, change=change)
    with pytest.raises(SettingsError, match=r"UID of its own.*anonymise again") as caught:
        read(tmp_path)
    assert not any(word in str(caught.value) for word in WORDS)
