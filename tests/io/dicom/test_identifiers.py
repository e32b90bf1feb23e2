"""Texts that leave the reader hold nothing by which a person is known."""

import pytest
from pydicom import Dataset

from crossres.io.dicom.frames import silent
from crossres.io.dicom.identifiers import cleaned


def header(**values: object) -> Dataset:
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


PERSON = header(
    PatientName="Müller^Anna Lee=山田^花子", PatientID="PID-4711", OtherPatientIDs=["OTHER-31337"],
    AccessionNumber="ACC 99/2", PatientBirthDate="19700304", InstitutionName="St. Mary Hospital",
    ReferringPhysicianName="Doctorson^Ludmilla", StudyInstanceUID="1.2.826.77",
)  # fmt: skip


@pytest.mark.parametrize(
    "secret",
    [
        "Müller", "MÜLLER", "anna", "lee", "山田", "花子", "PID-4711", "pid_4711", "PID4711",
        "OTHER-31337", "ACC 99/2", "ACC99-2", "19700304", "1970-03-04", "1970/3/4", "04.03.1970",
        "4.3.1970", "03/04/1970", "04031970", "700304", "04.03.70", "St. Mary Hospital",
        "st_mary_hospital", "Doctorson", "1.2.826.77", "1.3.12.2.1107.5.2.0.9",
    ],
)  # fmt: skip
def test_identifiers_in_any_way_of_writing(secret: str) -> None:
    assert cleaned(f"T2 {secret} tse", PERSON) == "T2 ... tse"


@pytest.mark.parametrize(
    "text", ["T2 tse", "t1 mprage 1970", "sleep", "TE 90 TR 4000", "Hospital protocol 3", "0304"]
)
def test_words_of_protocols_stay(text: str) -> None:
    assert cleaned(text, PERSON) == text


def test_other_ids_in_a_sequence() -> None:
    made = header(OtherPatientIDsSequence=[header(PatientID="OTHER-31337")])
    assert cleaned("t2 OTHER-31337", made) == "t2 ..."


def test_names_of_three_letters_count_as_words_only() -> None:
    assert cleaned("sleep, Lee", header(PatientName="Lee^T2")) == "sleep, ..."


def test_a_birth_date_that_is_none_is_taken_as_it_stands() -> None:
    with silent():
        person = header(PatientBirthDate="1970XX")
    assert cleaned("T2 1970XX 1970", person) == "T2 ... 1970"


def test_control_characters_become_spaces() -> None:
    assert cleaned("T2\ttse\n\x00fine", header()) == "T2 tse fine"
