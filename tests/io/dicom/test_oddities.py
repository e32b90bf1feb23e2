"""Series changed by archives, discs and anonymisers: each deviation has one defined outcome."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import RawDataStorage, SegmentationStorage, generate_uid

from crossres.io import nifti, read
from crossres.io.dicom import (
    find_series,
    list_series,
    read_series,
    write_series,
)
from crossres.io.dicom.frames import silent
from crossres.types import (
    CrossresError,
    FileFormatError,
    GridError,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Volume
from dicom_files import WORDS, blob, save, write_enhanced, write_files

PLAIN = blob(Grid((7, 6, 5), np.diag([-0.9, -1.1, 3.0, 1.0])))
Spoil = Callable[[Path], None]


def same(folder: Path, expected: Volume = PLAIN, series: str | None = None) -> None:
    """Check that a folder holds this volume, without a warning."""
    found = read(folder, series)
    assert found.grid.is_close(expected.grid, tolerance=1e-3)
    np.testing.assert_array_equal(found.data, expected.data)


def setting(**values: Any) -> Callable[[Dataset, int], None]:
    """Change every slice; None deletes."""

    def change(header: Dataset, k: int) -> None:
        for name, value in values.items():
            if value is None:
                delattr(header, name)
            else:
                setattr(header, name, value)

    return change


# Values that contradict the positions


def test_instance_numbers_against_the_positions_do_not_count(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        header.InstanceNumber = (3 * k) % 5

    write_files(tmp_path, PLAIN, change=change)
    same(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        {"InstanceNumber": 1},
        {"InstanceNumber": ""},
        {"SliceThickness": 2.0, "SpacingBetweenSlices": 4.5},
        {"SliceThickness": None},
        {"SliceLocation": 0},
        {"FrameOfReferenceUID": None},
        {"WindowCenter": [40, 80], "WindowWidth": [80, 400]},
    ],
    ids=lambda values: ",".join(values),
)
def test_only_positions_decide_where_slices_are(tmp_path: Path, values: dict[str, Any]) -> None:
    write_files(tmp_path, PLAIN, change=setting(**values))
    same(tmp_path)


def test_interleaved_and_reversed_acquisition(tmp_path: Path) -> None:
    for n, path in enumerate(write_files(tmp_path, PLAIN)[::-1]):
        path.rename(tmp_path / f"{n % 2}-{n}.IMA")
    same(tmp_path)


# Names


@pytest.mark.parametrize(
    ("charset", "description"),
    [
        ("ISO_IR 192", "T2 Schädel, 頭部"),
        ("ISO_IR 100", "T2 crâne"),
        ("ISO_IR 144", "T2 голова"),
        (["", "ISO 2022 IR 87"], "T2 頭部"),
    ],
    ids=["UTF-8", "Latin-1", "Cyrillic", "Japanese"],
)
def test_descriptions_in_any_script(
    tmp_path: Path, charset: str | list[str], description: str
) -> None:
    write_files(tmp_path / "in", PLAIN, description, SpecificCharacterSet=charset)
    source = find_series(tmp_path / "in", description.upper())
    assert source.label == description
    write_series(PLAIN, tmp_path / "out", source=source, derivation="copied")
    assert find_series(tmp_path / "out").label == f"{description} crossres"


def test_an_unknown_character_set_is_read(tmp_path: Path) -> None:
    with silent():
        write_files(tmp_path, PLAIN)
        for path in tmp_path.iterdir():
            header = dcmread(path)
            header.SpecificCharacterSet = "KLINGON"
            header.save_as(path)
    same(tmp_path)


def test_series_of_one_description_are_distinguished_by_their_uids(tmp_path: Path) -> None:
    uids = ["1.2.3.1001", "1.2.3.1002"]
    for n, uid in enumerate(uids):
        brighter = PLAIN.with_data(PLAIN.data + n)
        write_files(tmp_path, brighter, "T2 tse", SeriesInstanceUID=uid)
    with pytest.raises(SettingsError, match=r"fits 2 series.*UID \.\.\.1001.*UID \.\.\.1002"):
        find_series(tmp_path, "T2 tse")
    same(tmp_path, PLAIN.with_data(PLAIN.data + 1), "1002")


def test_two_people_in_one_folder_are_not_mixed(tmp_path: Path) -> None:
    for name in ("One", "Two"):
        write_files(tmp_path, PLAIN, PatientName=name, PatientID=name, StudyInstanceUID="1.2.8")
    with pytest.raises(SettingsError, match="there are 2 series"):
        find_series(tmp_path)


# Other things in the folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("._IM0001.dcm", b"\0\5\26\7\0\2\0\0Mac OS X        " + bytes(200)),
        ("empty", b""),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(600)),
        ("export.zip", b"PK\3\4" + bytes(600)),
        ("T2.nii.gz", b"\x1f\x8b" + bytes(60)),
        ("preview.jpg", b"\xff\xd8\xff\xe0" + bytes(600)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_files_in_folders_are_counted(tmp_path: Path, name: str, content: bytes) -> None:
    write_files(tmp_path, PLAIN)
    (tmp_path / name).write_bytes(content)
    listing = list_series(tmp_path)
    assert (len(listing.series), listing.others, listing.damaged) == (1, 1, 0)
    same(tmp_path)


def test_raw_data_beside_is_no_series(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN)
    raw = Dataset()
    raw.SeriesInstanceUID, raw.Modality = "1.2.3", "MR"
    save(raw, tmp_path / "raw", RawDataStorage)
    assert list_series(tmp_path).others == 1
    same(tmp_path)


def test_a_segmentation_beside_is_another_series(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN)
    paths = write_files(tmp_path / "more", PLAIN, "lesions", dtype="uint8", Modality="SEG")
    for path in paths:
        save(dcmread(path), path, SegmentationStorage)
    assert [s.modality for s in list_series(tmp_path).series] == ["SEG", "MR"]
    same(tmp_path, series="tse")


def test_a_folder_of_nifti_files(tmp_path: Path) -> None:
    nifti.write(PLAIN, tmp_path / "T2.nii.gz")
    with pytest.raises(FileFormatError, match=r"no readable DICOM image \(1 other.*\.nii\.gz"):
        read(tmp_path)


def test_circular_and_broken_links(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone").symlink_to(tmp_path / "missing")
    same(tmp_path)


# What anonymisers leave


@pytest.mark.parametrize("name", ["PatientName", "PatientID", "StudyInstanceUID", "StudyDate"])
@pytest.mark.parametrize("value", ["", None], ids=["empty", "absent"])
def test_without_patient_or_study(tmp_path: Path, name: str, value: str | None) -> None:
    write_files(tmp_path / "in", PLAIN, change=setting(**{name: value}))
    same(tmp_path / "in")
    write_series(PLAIN, tmp_path / "out", source=find_series(tmp_path / "in"), derivation="copied")
    same(tmp_path / "out")


def test_without_a_series_uid_a_file_is_damaged(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN, change=setting(SeriesInstanceUID=None))
    with pytest.raises(FileFormatError, match="0 other and 5 damaged"):
        read(tmp_path)


def test_without_instance_uids_those_of_the_files_are_named(tmp_path: Path) -> None:
    with silent():
        for path in write_files(tmp_path / "in", PLAIN):
            header = dcmread(path)
            del header.SOPInstanceUID, header.SOPClassUID
            header.save_as(path)
    source = find_series(tmp_path / "in")
    write_series(PLAIN, tmp_path / "out", source=source, derivation="copied")
    header = dcmread(tmp_path / "out" / "0001.dcm")
    [item] = header.SourceImageSequence
    known = {dcmread(path).file_meta.MediaStorageSOPInstanceUID for path in source.files}
    assert item.ReferencedSOPInstanceUID in known
    assert item.ReferencedSOPClassUID == header.SOPClassUID


# Numbers and frames


def test_floating_point_pixels(tmp_path: Path) -> None:
    volume = PLAIN.with_data(PLAIN.data / 8)

    def change(header: Dataset, k: int) -> None:
        values = np.ascontiguousarray(volume.data[:, :, k].T, "<f4")
        del header.PixelData, header.BitsStored, header.HighBit, header.PixelRepresentation
        header.BitsAllocated, header.FloatPixelData = 32, values.tobytes()

    write_files(tmp_path, PLAIN, dtype="uint32", change=change)
    same(tmp_path, volume)


@pytest.mark.parametrize(("bits", "kind"), [(32, "Float"), (64, "DoubleFloat")])
def test_padding_of_floating_point_pixels(tmp_path: Path, bits: int, kind: str) -> None:
    data = PLAIN.data / 8 - 30
    data[:2] = -2000

    def change(header: Dataset, k: int) -> None:
        values = np.ascontiguousarray(data[:, :, k].T, f"<f{bits // 8}")
        del header.PixelData, header.BitsStored, header.HighBit, header.PixelRepresentation
        header.BitsAllocated = bits
        setattr(header, f"{kind}PixelData", values.tobytes())
        setattr(header, f"{kind}PixelPaddingValue", -2000.0)

    write_files(tmp_path, PLAIN, dtype="uint32", change=change)
    expected = data.copy()
    expected[:2] = data[2:].min()
    same(tmp_path, PLAIN.with_data(expected))


def refused(folder: Path, kind: type[CrossresError], words: str) -> None:
    with pytest.raises(kind) as caught:
        read(folder)
    text = str(caught.value)
    assert words in text
    assert ";" in text
    assert "\n" not in text
    assert not any(word.lower() in text.lower() for word in WORDS)


def test_time_points_in_one_enhanced_file(tmp_path: Path) -> None:
    grid = Grid((7, 6, 10), PLAIN.grid.affine)
    twice = Volume(np.concatenate([PLAIN.data, PLAIN.data + 1], axis=2), grid)

    def change(frame: Dataset, k: int) -> None:
        position = frame.PlanePositionSequence[0]
        x, y, z = position.ImagePositionPatient
        position.ImagePositionPatient = [x, y, z if k < 5 else z - 15]

    write_enhanced(tmp_path / "e", twice, change=change)
    refused(tmp_path, VolumeError, "holds 2 volumes")


def test_an_enhanced_file_without_a_position_for_one_frame(tmp_path: Path) -> None:
    def change(frame: Dataset, k: int) -> None:
        if k == 2:
            del frame.PlanePositionSequence

    write_enhanced(tmp_path / "e", PLAIN, change=change)
    refused(tmp_path, GridError, "without a position")


def test_a_volume_cut_into_two_enhanced_files_is_one(tmp_path: Path) -> None:
    for name, part in (("a", [0, 1, 2]), ("b", [4, 3])):
        write_enhanced(tmp_path / name, PLAIN, order=part, SeriesInstanceUID="1.2.3.4")
    same(tmp_path)


def test_spectroscopy_has_no_pixels(tmp_path: Path) -> None:
    write_files(tmp_path, PLAIN, change=setting(PixelData=None))
    refused(tmp_path, FileFormatError, "no pixels")


def test_missing_slices_at_several_places_are_summed(tmp_path: Path) -> None:
    long = blob(Grid((7, 6, 12), PLAIN.grid.affine))
    for k, path in enumerate(write_files(tmp_path, long)):
        if k in (3, 7, 8):
            path.unlink()
    refused(tmp_path, GridError, "lacks 3 slices")


# Several oddities at once


def test_missing_doubled_and_compressed_beside_another_series(tmp_path: Path) -> None:
    uid = generate_uid()
    paths = write_files(tmp_path / "a", PLAIN, "T2 tse", SeriesInstanceUID=uid, ending="")
    write_files(tmp_path, PLAIN.with_data(PLAIN.data + 1), "T1", ending=".IMA")
    (tmp_path / "copy").write_bytes(paths[0].read_bytes())
    paths[2].unlink()
    (tmp_path / "note.txt").write_text("exported in a hurry")
    [t1, t2] = list_series(tmp_path).series
    assert (t1.problem, len(t2.frames)) == ("", 5)
    assert "lacks 1 slice" in t2.problem
    same(tmp_path, PLAIN.with_data(PLAIN.data + 1), "T1")
    with pytest.raises(GridError, match="lacks 1 slice"):
        read(tmp_path, "T2")


def test_a_damaged_header_and_a_gap_name_the_gap(tmp_path: Path) -> None:
    paths = write_files(tmp_path, PLAIN)
    paths[2].write_bytes(paths[2].read_bytes()[:400])
    refused(tmp_path, GridError, "lacks 1 slice")


def test_a_copy_of_a_slice_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = write_files(tmp_path, PLAIN)[1]
    (tmp_path / "copy").write_bytes(path.read_bytes()[:-40])
    refused(tmp_path, FileFormatError, "of 6 (by name)")


def test_colour_beside_grey_in_one_series_is_refused(tmp_path: Path) -> None:
    def change(header: Dataset, k: int) -> None:
        if k == 4:
            header.SamplesPerPixel, header.PhotometricInterpretation = 3, "RGB"
            header.PlanarConfiguration, header.PixelData = 0, header.PixelData * 3

    write_files(tmp_path, PLAIN, dtype="uint8", change=change)
    refused(tmp_path, VolumeError, "colour")


def test_reading_again_what_was_derived_from_what_was_derived(tmp_path: Path) -> None:
    write_files(tmp_path / "0", PLAIN)
    for n in range(3):
        source = find_series(tmp_path / str(n))
        write_series(read_series(source), tmp_path / str(n + 1), source=source, derivation="copied")
    same(tmp_path / "3")
