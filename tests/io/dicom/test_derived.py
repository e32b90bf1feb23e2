"""The header of a derived image: which elements are kept, new or dropped."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from crossres.io.dicom.derived import derived_header
from crossres.io.dicom.frames import dataset, silent
from crossres.volume import Grid
from dicom_files import SECRETS, STUDY, blob, write_enhanced, write_files

VOLUME = blob(Grid((6, 5, 2), np.diag([-1.0, -1.0, 3.0, 1.0])))
WHEN = datetime(2024, 5, 6, 7, 8, 9)


def derived(source: Dataset, name: str = "T2 crossres", derivation: str = "made finer") -> Dataset:
    with silent():
        return derived_header(source, name=name, derivation=derivation, when=WHEN)


def source(tmp_path: Path, **changes: Any) -> Dataset:
    with silent():
        [path, *_] = write_files(tmp_path, VOLUME, **changes)
        return dataset(path)


def test_patient_study_and_frame_of_reference_are_kept(tmp_path: Path) -> None:
    header = derived(source(tmp_path))
    for name, value in {**SECRETS, **STUDY, "StudyDate": "20240102", "StudyID": "7"}.items():
        assert header[name].value == value
    assert header.EchoTime == 90
    assert header.ScanningSequence == "SE"


def test_series_and_time_are_new(tmp_path: Path) -> None:
    old = source(tmp_path)
    one, other = derived(old), derived(old)
    assert len({old.SeriesInstanceUID, one.SeriesInstanceUID, other.SeriesInstanceUID}) == 3
    assert (one.SeriesDescription, one.SeriesNumber) == ("T2 crossres", 401)
    assert (one.SeriesDate, one.ContentTime) == ("20240506", "070809")


def test_the_header_states_that_the_image_is_derived_and_how(tmp_path: Path) -> None:
    header = derived(source(tmp_path), derivation="x" * 2000)
    assert list(header.ImageType) == ["DERIVED", "SECONDARY", "OTHER"]
    assert header.DerivationDescription == "x" * 1024
    assert header.DerivationCodeSequence[0].CodeValue == "113085"
    assert header.Manufacturer == "crossres"
    makers = [item.Manufacturer for item in header.ContributingEquipmentSequence]
    assert makers == ["ACME", "crossres"]


def test_private_and_unlisted_tags_are_dropped(tmp_path: Path) -> None:
    old = source(tmp_path, AcquisitionMatrix=[0, 6, 5, 0], ImageComments="of Quintilia")
    header = derived(old)
    assert not any(element.tag.is_private for element in header.iterall())
    assert "AcquisitionMatrix" not in header
    assert "ImageComments" not in header
    assert "Rows" not in header


def test_what_the_standard_forbids_is_dropped_or_emptied(tmp_path: Path) -> None:
    old = source(tmp_path, PatientAge="42", StudyTime="99xx99", PatientSex="unstated", EchoTime="")
    header = derived(old)
    assert "PatientAge" not in header
    assert not header.StudyTime
    assert not header.PatientSex
    assert not header.EchoTime


def test_what_is_missing_is_empty_or_made(tmp_path: Path) -> None:
    header = derived(Dataset())
    assert header["PatientName"].value in (None, "")
    assert header["AccessionNumber"].value in (None, "")
    assert header.FrameOfReferenceUID.startswith("2.25.")
    assert header.StudyInstanceUID.startswith("2.25.")
    assert (header.ScanningSequence, header.SequenceVariant) == ("RM", "NONE")
    assert header.SeriesNumber == 1


def test_earlier_lossy_compression_is_recorded(tmp_path: Path) -> None:
    header = derived(source(tmp_path, LossyImageCompression="01", LossyImageCompressionRatio=9))
    assert header.LossyImageCompression == "01"
    assert header.LossyImageCompressionRatio == 9


def test_letters_beyond_ascii_are_kept(tmp_path: Path) -> None:
    old = source(tmp_path, SpecificCharacterSet="ISO_IR 192", PatientName="Ünal^Ğül")
    header = derived(old)
    assert header.PatientName == "Ünal^Ğül"
    assert header.SpecificCharacterSet == "ISO_IR 192"


def test_an_enhanced_source_gives_its_timing(tmp_path: Path) -> None:
    with silent():
        old = dataset(write_enhanced(tmp_path / "e", VOLUME))
    header = derived(old)
    assert header.EchoTime == 90


@pytest.mark.parametrize("name", ["a" * 100, "short"])
def test_descriptions_have_at_most_64_letters(tmp_path: Path, name: str) -> None:
    assert derived(source(tmp_path), name=name).SeriesDescription == name[:64]
