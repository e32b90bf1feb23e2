"""Slices as described by DICOM files, single-frame and enhanced multi-frame."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from crossres.types import FileFormatError

Numbers: TypeAlias = tuple[float, ...]

_TAGS = [
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "AccessionNumber",
    "Modality", "SeriesDescription", "ProtocolName", "PatientName", "PatientID", "SliceThickness",
    "EchoTime", "SeriesInstanceUID", "FrameOfReferenceUID", "ImagePositionPatient",
    "ImageOrientationPatient", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames",
    "Rows", "Columns", "PixelSpacing", "RescaleIntercept", "RescaleSlope", "ModalityLUTSequence",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]  # fmt: skip
_MAGIC_AT = 128
_FIRST_ELEMENTS = {bytes([group, 0, element, 0]) for group in (2, 8) for element in (0, 1, 5, 8)}
_SHORTEST_SECRET = 4
_SCALING = "PixelValueTransformationSequence"
_POSITION = ("PlanePositionSequence", "ImagePositionPatient")


@dataclass(frozen=True)
class Frame:
    """One slice of a file: its geometry and its scaling, without the patient's identity.

    Args:
        path: Its file.
        index: Number of the frame in the file, from 0.
        several: Whether the file has other frames.
        series: Series Instance UID.
        instance: SOP Instance UID.
        sop_class: SOP Class UID.
        description: Of the series, free of the patient's name, ID and accession number.
        reference: Frame of Reference UID, or empty.
        modality: Such as ``"MR"``.
        kind: Image type of the frame.
        echo: Echo time in ms, or None.
        size: Rows and columns.
        colours: Samples per pixel; 1 for grey values.
        photometric: Photometric interpretation.
        table: Whether a lookup table turns stored numbers into values.
        position: LPS mm of the centre of the first pixel, or None.
        orientation: Direction cosines along a row, then down a column, or None.
        spacing: Distance in mm between rows and between columns, or None.
        thickness: Thickness of the slice in mm, or None.
        slope: Factor from stored numbers to values.
        intercept: Added to the scaled numbers.
    """

    path: Path
    index: int
    several: bool
    series: str
    instance: str
    sop_class: str
    description: str
    reference: str
    modality: str
    kind: tuple[str, ...]
    echo: float | None
    size: tuple[int, int]
    colours: int
    photometric: str
    table: bool
    position: Numbers | None
    orientation: Numbers | None
    spacing: Numbers | None
    thickness: float | None
    slope: float
    intercept: float


@contextmanager
def silent() -> Iterator[None]:
    """Let pydicom accept invalid values without warnings, which would quote values and names.

    Yields:
        Nothing; the settings hold within the block.
    """
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        yield


def is_dicom(path: Path) -> bool:
    """Return whether the first bytes of a file are those of DICOM, with or without preamble.

    Args:
        path: The file.

    Returns:
        True for DICOM.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(_MAGIC_AT + 4)
    # Files without the preamble begin with group 0002 or 0008, little-endian.
    return start[_MAGIC_AT:] == b"DICM" or (len(start) > 8 and start[:4] in _FIRST_ELEMENTS)


def frames_of(path: Path) -> list[Frame]:
    """Read the headers of all frames of a DICOM file.

    Args:
        path: The file.

    Returns:
        One frame for each slice; none if the file holds no image (a report, a DICOMDIR).

    Raises:
        FileFormatError: The file is damaged or cannot be read.
    """
    try:
        with silent():
            header = dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
            if not _is_image(header):
                return []
            return [_frame(header, path, n) for n in range(_count(header))]
    except OSError as error:
        raise FileFormatError("a file cannot be read; check its permissions") from error
    # A damaged file can fail anywhere inside pydicom, with any error, which may quote it.
    except Exception:
        raise FileFormatError("a DICOM file is damaged; get a new copy of it") from None


def _is_image(header: Dataset) -> bool:
    """Return whether a file holds images; one of an image class without a size is damaged.

    Raises:
        KeyError: It is damaged.
    """
    if "Rows" in header and "SeriesInstanceUID" in header:
        return True
    kind = header.file_meta.get("MediaStorageSOPClassUID") or header.get("SOPClassUID")
    if kind is None or UID(kind).name.endswith("Image Storage"):
        raise KeyError("Rows")
    return False


def dataset(path: Path, *, pixels: bool = False) -> Dataset:
    """Read a whole header within :func:`silent`.

    Args:
        path: The file.
        pixels: Whether to read the pixels too.

    Returns:
        The header, with a transfer syntax even where the file has none.

    Raises:
        OSError: The file cannot be read.
    """
    found = dcmread(path, stop_before_pixels=not pixels, force=True)
    if "TransferSyntaxUID" not in found.file_meta:
        implicit, _ = found.original_encoding
        found.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    return found


def value(header: Dataset, index: int, group: str, name: str, fallback: str = "") -> Any:
    """Return an attribute of one frame: from its functional group, the shared one, or the top.

    Args:
        header: Header of the file.
        index: Number of the frame, from 0.
        group: Name of the functional group's sequence.
        name: Name of the attribute in it.
        fallback: Name of the attribute at the top of the header, if it differs.

    Returns:
        The value, or None if it is absent or empty.
    """
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    holders = [*per_frame[index : index + 1], *shared[:1]]
    items = [item for holder in holders for item in (holder.get(group) or [])[:1]]
    found = [item.get(name) for item in items] + [header.get(fallback or name)]
    return next((each for each in found if each not in (None, "")), None)


def _count(header: Dataset) -> int:
    """Return the number of frames of a file."""
    if "PerFrameFunctionalGroupsSequence" in header:
        return len(header.PerFrameFunctionalGroupsSequence)
    return int(header.get("NumberOfFrames") or 1)


def _frame(header: Dataset, path: Path, index: int) -> Frame:
    """Describe one frame of a file."""

    def of(group: str, name: str, fallback: str = "") -> Any:
        return value(header, index, group, name, fallback)

    slope, intercept = (of(_SCALING, name) for name in ("RescaleSlope", "RescaleIntercept"))
    echo = of("MREchoSequence", "EffectiveEchoTime", "EchoTime")
    thickness = of("PixelMeasuresSequence", "SliceThickness")
    several = _count(header) > 1
    one_position = several and "PerFrameFunctionalGroupsSequence" not in header
    return Frame(
        path=path, index=index, several=several, series=str(header.SeriesInstanceUID),
        instance=_uid(header, "SOPInstanceUID"), sop_class=_uid(header, "SOPClassUID"),
        description=_description(header),
        reference=str(header.get("FrameOfReferenceUID") or ""),
        modality=str(header.get("Modality") or "?"),
        kind=_words(of("MRImageFrameTypeSequence", "FrameType", "ImageType")),
        echo=None if echo is None else round(float(echo), 3),
        size=(int(header.Rows), int(header.Columns)),
        colours=int(header.get("SamplesPerPixel") or 1),
        photometric=str(header.get("PhotometricInterpretation") or "MONOCHROME2"),
        table="ModalityLUTSequence" in header,
        position=None if one_position else _numbers(of(*_POSITION), 3),
        orientation=_numbers(of("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
        spacing=_numbers(of("PixelMeasuresSequence", "PixelSpacing"), 2),
        thickness=None if thickness is None else float(thickness),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
    )  # fmt: skip


def _uid(header: Dataset, name: str) -> str:
    """Return a UID from the header, or from the file's meta information."""
    return str(header.get(name) or header.file_meta.get(f"MediaStorage{name}") or "")


def _numbers(found: Any, count: int) -> Numbers | None:
    """Return an attribute as ``count`` numbers, or None if it has another count."""
    numbers = () if found is None or isinstance(found, str) else tuple(float(n) for n in found)
    return numbers if len(numbers) == count else None


def _words(found: Any) -> tuple[str, ...]:
    """Return an attribute of one or more texts as a tuple."""
    words = [] if found is None else [found] if isinstance(found, str) else found
    return tuple(str(word) for word in words)


def _description(header: Dataset) -> str:
    """Return the series' description in one printable line, without the patient's identifiers."""
    text = str(header.get("SeriesDescription") or header.get("ProtocolName") or "")
    for name in ("PatientName", "PatientID", "AccessionNumber"):
        for secret in str(header.get(name) or "").replace("^", " ").replace("=", " ").split():
            if len(secret) >= _SHORTEST_SECRET:
                text = re.sub(re.escape(secret), "...", text, flags=re.IGNORECASE)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
