"""Texts of DICOM headers without what identifies a person, for all that leaves the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.multival import MultiValue

_PEOPLE = (
    "PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName",
    "ResponsiblePerson", "ReferringPhysicianName", "PerformingPhysicianName",
    "RequestingPhysician", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecord", "OperatorsName",
)  # fmt: skip
_NUMBERS = (
    "PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "StudyID",
    "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID",
)  # fmt: skip
_PHRASES = (
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "PatientAddress",
    "PatientTelephoneNumbers",
)  # fmt: skip
_DATES = ("PatientBirthDate",)
_OTHER_IDS = "OtherPatientIDsSequence"
IDENTIFIERS = (*_PEOPLE, *_NUMBERS, *_PHRASES, *_DATES, _OTHER_IDS)
"""The attributes that :func:`cleaned` needs in the header."""

_SHORTEST = 4
_SHORTEST_NAME = 3
# Names in Chinese, Japanese or Korean have one to three characters.
_SHORTEST_EASTERN, _EASTERN = 2, "\u2e80"
_UID = r"\d+(?:\.\d+){5,}"
_GAP = r"[\s._/-]*"
_REMOVED = "..."


def cleaned(text: str, header: Dataset) -> str:
    """Return a text in one printable line, with identifiers replaced by ``...``.

    Names and numbers of three letters count as whole words only, shorter ones not at all: they are
    too often words of a protocol. Dates of birth are found in the usual ways of writing them.

    Args:
        text: A text of the header, such as a description.
        header: The header, with the attributes of :data:`IDENTIFIERS`.

    Returns:
        The text without identifiers.
    """
    text = re.sub(_UID, _REMOVED, text)
    for pattern in _patterns(header):
        text = re.sub(pattern, _REMOVED, text, flags=re.IGNORECASE)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _patterns(header: Dataset) -> Iterator[str]:
    """Yield a regular expression for each identifier, whole ones before their parts."""
    for phrase in _texts(header, _PHRASES):
        yield from _any_gaps(phrase)
    for date in _texts(header, _DATES):
        yield from _dates(date)
    for number in [*_texts(header, _NUMBERS), *_others(header)]:
        yield from _any_gaps(number)
        yield from (_word(part) for part in number.split() if len(part) >= _SHORTEST)
    for name in _texts(header, _PEOPLE):
        parts = re.split(r"[\s^=,]+", name)
        yield from (_word(part) for part in sorted(parts, key=len, reverse=True) if _is_name(part))


def _texts(header: Dataset, names: tuple[str, ...]) -> list[str]:
    """Return the values of attributes as texts."""
    found = [header.get(name) for name in names]
    lists = [one if isinstance(one, MultiValue) else [one] for one in found]
    return [str(one) for values in lists for one in values if one]


def _others(header: Dataset) -> list[str]:
    """Return the other IDs of the patient that a sequence holds."""
    return [text for item in header.get(_OTHER_IDS) or [] for text in _texts(item, ("PatientID",))]


def _any_gaps(text: str) -> Iterator[str]:
    """Yield a pattern for a text however its words are joined."""
    words = re.findall(r"\w+", text.replace("_", " "))
    if sum(map(len, words)) >= _SHORTEST:
        yield rf"(?<!\w){_GAP.join(map(re.escape, words))}(?!\w)"


def _is_name(part: str) -> bool:
    """Return whether part of a name is long enough to be recognised."""
    eastern = any(letter >= _EASTERN for letter in part)
    return len(part) >= (_SHORTEST_EASTERN if eastern else _SHORTEST_NAME)


def _word(text: str) -> str:
    """Return a pattern for a word; a short one only by itself."""
    short = len(text) < _SHORTEST and not any(letter >= _EASTERN for letter in text)
    return rf"(?<![^\W_]){re.escape(text)}(?![^\W_])" if short else re.escape(text)


def _dates(date: str) -> Iterator[str]:
    """Yield patterns for the ways of writing a date of the form YYYYMMDD."""
    if not re.fullmatch(r"\d{8}", date):
        yield from _any_gaps(date)
        return
    year, month, day = date[:4], _unpadded(date[4:6]), _unpadded(date[6:])
    years = rf"(?:{year}|{year[2:]})"
    for parts in ((years, month, day), (day, month, years), (month, day, years)):
        yield rf"(?<!\d){_GAP.join(parts)}(?!\d)"


def _unpadded(number: str) -> str:
    """Return a pattern for a number of two digits, with a leading zero or without."""
    return rf"0?{number[1]}" if number.startswith("0") else number
