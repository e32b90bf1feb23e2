"""Series become volumes equal to their NIfTI, or are refused in one line with the reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from pydicom import Dataset, dcmread

from crossres.io import nifti
from crossres.io.dicom import find_series, load_series, read_series
from crossres.io.dicom.frames import silent
from crossres.types import (
    CrossresError,
    CrossresWarning,
    FileFormatError,
    GridError,
    VolumeError,
)
from crossres.volume import Grid, Volume
from dicom_files import WORDS, blob, in_slice, save, write_enhanced, write_files

AFFINE = np.array([[0.9, 0, 0, -3.0], [0, 1.1, 0, 5.0], [0, 0, 3.0, -2.5], [0, 0, 0, 1]])
SHAPE = (7, 6, 5)
PLAIN = blob(Grid(SHAPE, np.diag([-0.9, -1.1, 3.0, 1.0])))


def reoriented(codes: str, tilt: bool) -> Volume:
    """Return the blob on a grid with the voxel axes of the codes."""
    affine = AFFINE.copy()
    if tilt:
        rotation, _ = np.linalg.qr([[1, -0.2, 0.05], [0.2, 1, -0.2], [0.05, 0.2, 1]])
        affine[:3, :3] = rotation * np.sign(np.diag(rotation)) @ AFFINE[:3, :3]
    move = ornt_transform(io_orientation(affine), axcodes2ornt(codes))
    order = tuple(int(n) for n in np.argsort(move[:, 0]))
    flips = tuple(bool(move[n, 1] < 0) for n in order)
    return blob(Grid(SHAPE, affine)).reordered(order, flips)  # type: ignore[arg-type]


def same(one: Volume, other: Volume, *, atol: float = 0) -> None:
    """Check that two volumes show the same values at the same places in the world."""
    one, other = one.canonical(), other.canonical()
    assert one.grid.is_close(other.grid, tolerance=1e-3)
    np.testing.assert_allclose(one.data, other.data, rtol=0, atol=atol)


@pytest.mark.parametrize("tilt", [False, True], ids=["straight", "oblique"])
@pytest.mark.parametrize("codes", ["LPS", "RAS", "PIR", "LIP", "ASL", "SRP"])
def test_dicom_and_nifti_of_one_image_are_one_volume(
    tmp_path: Path, codes: str, tilt: bool
) -> None:
    volume = reoriented(codes, tilt)
    write_files(tmp_path / "dicom", volume)
    nifti.write(volume, tmp_path / "a.nii")
    found = read_series(find_series(tmp_path / "dicom"))
    same(found, nifti.read(tmp_path / "a.nii"))
    assert (found.stored_dtype, found.space) == ("uint16", "scanner")
    assert found.data.dtype == np.float32


def test_names_endings_and_folders_do_not_matter(tmp_path: Path) -> None:
    paths = write_files(tmp_path, PLAIN, ending="")
    (tmp_path / "a" / "b").mkdir(parents=True)
    paths[2].rename(tmp_path / "a" / "b" / "picture.txt")
    same(read_series(find_series(tmp_path)), PLAIN)


def test_the_progress_is_reported(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN)
    calls: list[tuple[int, int]] = []
    read_series(find_series(tmp_path), progress=lambda done, steps: calls.append((done, steps)))
    assert calls == [(n, 5) for n in range(1, 6)]


# Values


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
def test_every_type_is_read_exactly(tmp_path: Path, dtype: str) -> None:
    data = np.arange(210).reshape(SHAPE) % 120 - (60 if dtype.startswith("i") else 0)
    write_files(tmp_path, PLAIN.with_data(data), dtype=dtype)
    found = read_series(find_series(tmp_path))
    np.testing.assert_array_equal(found.data, np.flip(data, ()))
    assert found.stored_dtype == dtype


def test_each_slice_is_scaled_by_its_own_numbers(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.RescaleSlope, header.RescaleIntercept = 0.25 * (k + 1), -k

    write_files(tmp_path, PLAIN, change=change)
    expected = PLAIN.data * (0.25 * np.arange(1, 6)) - np.arange(5)
    np.testing.assert_allclose(read_series(find_series(tmp_path)).data, expected, rtol=1e-6)


def test_an_enhanced_file_is_scaled_frame_by_frame_in_any_order(tmp_path: Path) -> None:
    write_enhanced(tmp_path / "e", PLAIN, order=[3, 0, 4, 1, 2], slopes=[1, 0.5, 0.25, 2, 4])
    same(read_series(find_series(tmp_path)), PLAIN, atol=2)
    same(read_series(find_series(tmp_path / "e")), PLAIN, atol=2)


# Doubled, missing and mixed slices


def test_exact_copies_are_left_out_with_a_warning(tmp_path: Path) -> None:
    paths = write_files(tmp_path, PLAIN)
    for name, path in (("copy", paths[1]), ("another", paths[4])):
        (tmp_path / name).write_bytes(path.read_bytes())
    with pytest.warns(CrossresWarning, match="2 exact copies"):
        same(read_series(find_series(tmp_path)), PLAIN)


def test_a_folder_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    for path in write_files(tmp_path, PLAIN):
        path.with_suffix(".copy").write_bytes(path.read_bytes())
    volume, notes, _ = load_series(find_series(tmp_path))
    same(volume, PLAIN)
    assert [note for note in notes if "5 exact copies" in note] == notes


def doubled(tmp_path: Path, places: list[int]) -> None:
    """Write a series, and some of its slices again with other values."""
    uid = "1.2.3.4"
    write_files(tmp_path, PLAIN, SeriesInstanceUID=uid)
    brighter = PLAIN.with_data(PLAIN.data + 7)
    more = write_files(tmp_path / "more", brighter, SeriesInstanceUID=uid)
    for k, path in enumerate(more):
        if k not in places:
            path.unlink()


def refused(folder: Path, kind: type[CrossresError], *words: str) -> str:
    """Check that reading fails in one line that names the series and not the patient."""
    with pytest.raises(kind) as caught:
        read_series(find_series(folder))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("series '")
    assert ";" in text
    assert [word for word in words if word not in text] == []
    assert not any(word.lower() in text.lower() for word in WORDS)
    return text


def test_two_different_slices_at_one_position(tmp_path: Path) -> None:
    doubled(tmp_path, [2])
    refused(tmp_path, GridError, "2 images that differ", "slice 3 of 5")


def test_several_volumes_in_one_series(tmp_path: Path) -> None:
    doubled(tmp_path, [0, 1, 2, 3, 4])
    refused(tmp_path, VolumeError, "holds 2 volumes", "take one out")


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ([2], ["lacks 1 slice", "6.00 mm between slices 2 and 3", "3.00 mm elsewhere"]),
        ([0, 1, 3, 4], ["single slice"]),
    ],
)
def test_missing_slices(tmp_path: Path, lost: list[int], words: list[str]) -> None:
    for k, path in enumerate(write_files(tmp_path, PLAIN)):
        if k in lost:
            path.unlink()
    refused(tmp_path, GridError, *words)


def moved(k: int, by: tuple[float, float, float]) -> Callable[[Dataset, int], None]:
    def change(header: Dataset, n: int) -> None:
        if n == k:
            old = header.ImagePositionPatient
            header.ImagePositionPatient = [a + b for a, b in zip(old, by, strict=True)]

    return change


def test_an_uneven_gap(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN, change=moved(4, (0, 0, 1.25)))
    refused(tmp_path, GridError, "uneven gaps, 3.00 to 4.25 mm")


def test_a_slice_beside_the_others(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN, change=moved(2, (5, 0, 0)))
    refused(tmp_path, GridError, "5.00 mm beside")


def test_a_localizer_is_three_stacks(tmp_path: Path) -> None:
    uid = "1.2.3.4"
    for codes in ("LPS", "PIR", "LIP"):
        write_files(tmp_path, reoriented(codes, False), "localizer", SeriesInstanceUID=uid)
    same(read_series(find_series(tmp_path, "coronal")), blob(Grid(SHAPE, AFFINE)))
    assert find_series(tmp_path, "1.2.3.4#1").label.startswith("localizer [")


def test_two_echoes_are_two_stacks(tmp_path: Path) -> None:
    for k, echo in enumerate((20, 90)):
        brighter = PLAIN.with_data(PLAIN.data + k)
        write_files(tmp_path, brighter, "PD T2", EchoTime=echo, SeriesInstanceUID="1.2.3")
    same(read_series(find_series(tmp_path, "te 90")), PLAIN.with_data(PLAIN.data + 1))


def test_two_echoes_of_one_enhanced_file_are_two_stacks(tmp_path: Path) -> None:
    def change(frame: Dataset, k: int) -> None:
        frame.MREchoSequence[0].EffectiveEchoTime = 20.0 if k < 2 else 90.0

    write_enhanced(tmp_path / "e", PLAIN, change=change)
    assert read_series(find_series(tmp_path, "TE 90")).grid.shape == (7, 6, 3)
    assert read_series(find_series(tmp_path, "TE 20")).grid.shape == (7, 6, 2)


# What cannot be used


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"ImagePositionPatient": None}, GridError, "without a position"),
        ({"ImagePositionPatient": [1, 2]}, GridError, "without a position"),
        ({"ImagePositionPatient": ["nan", "0", "0"]}, GridError, "NaN"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, VolumeError, "MONOCHROME1"),
        ({"PixelData": None}, FileFormatError, "no pixels in file"),
    ],
)
def test_one_slice_that_cannot_be_used_refuses_the_series(
    tmp_path: Path, changes: dict[str, Any], kind: type[CrossresError], words: str
) -> None:
    with silent():
        write_files(tmp_path, PLAIN, change=in_slice(3, **changes))
    refused(tmp_path, kind, words)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, GridError, "right angles"),
        ({"PixelSpacing": [0, 1]}, GridError, "0.0 x 1.0 mm"),
        ({"PixelSpacing": ["nan", "1"]}, GridError, "nan"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "MOSAIC"]}, VolumeError, "dcm2niix"),
    ],
)
def test_series_without_a_usable_position(
    tmp_path: Path, changes: dict[str, Any], kind: type[CrossresError], words: str
) -> None:
    def change(header: Dataset, k: int) -> None:
        for name, value in changes.items():
            setattr(header, name, value)

    with silent():
        write_files(tmp_path, PLAIN, change=change)
    refused(tmp_path, kind, words)


def test_a_screenshot_in_colour(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.SamplesPerPixel, header.PhotometricInterpretation = 3, "RGB"
        header.PlanarConfiguration = 0
        header.PixelData = bytes(3 * 7 * 6)

    write_files(tmp_path, PLAIN, dtype="uint8", change=change)
    refused(tmp_path, VolumeError, "colour")


def test_pictures_of_one_file_with_one_position(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.NumberOfFrames, header.PixelData = 2, header.PixelData * 2

    [path, *rest] = write_files(tmp_path, PLAIN, change=change)
    for other in rest:
        other.unlink()
    refused(tmp_path, GridError, "without a position")
    assert path.exists()


def test_an_image_of_zeros(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN.with_data(PLAIN.data * 0))
    refused(tmp_path, VolumeError, "zero everywhere")


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.RescaleSlope = "inf"

    with silent():
        write_files(tmp_path, PLAIN, change=change)
    refused(tmp_path, VolumeError, "Rescale Slope of inf in slice 1 of 5")


def test_a_truncated_file_is_named_by_number(tmp_path: Path) -> None:
    path = sorted(write_files(tmp_path, PLAIN))[1]
    path.write_bytes(path.read_bytes()[:-60])
    line = refused(tmp_path, FileFormatError, "file 2 of 5", "get a new export")
    assert path.name not in line


def test_a_damaged_file_beside_is_warned_of(tmp_path: Path) -> None:
    paths = write_files(tmp_path, PLAIN)
    paths[0].write_bytes(paths[0].read_bytes()[:400])
    _, notes, _ = load_series(find_series(tmp_path))
    assert ["1 damaged" in note for note in notes] == [True]


def test_fewer_frames_than_the_header_states(tmp_path: Path) -> None:
    path = write_enhanced(tmp_path / "e", PLAIN)
    with silent():
        header = dcmread(path)
        header.NumberOfFrames, header.PixelData = 3, header.PixelData[: 3 * 7 * 6 * 2]
        save(header, path, header.SOPClassUID)
    refused(tmp_path, FileFormatError, "fewer")
