"""Slices as described by DICOM files, single-frame and enhanced multi-frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from crossres.io.dicom.contradictions import Sizes, contradiction, sizes_of, stated_twice
from crossres.io.dicom.identifiers import IDENTIFIERS, cleaned
from crossres.io.dicom.pixel_format import PADDING, PixelFormat, padding, pixel_format
from crossres.io.dicom.streams import opened
from crossres.types import FileFormatError

Numbers: TypeAlias = tuple[float, ...]

_TAGS = [
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "Modality",
    "SeriesDescription", "ProtocolName", "SliceThickness", "SpacingBetweenSlices", "EchoTime",
    "ImagePositionPatient", "ImageOrientationPatient", "SamplesPerPixel",
    "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns", "PixelSpacing",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", *PADDING, *PADDING.values(),
    "RescaleIntercept", "RescaleSlope", "ModalityLUTSequence",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", *IDENTIFIERS,
]  # fmt: skip
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
        description: Of the series, free of identifiers.
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
        slope: Factor from stored numbers to values, or None.
        intercept: Added to the scaled numbers, or None.
        study: Study Instance UID, or empty.
        between: Distance of neighbouring slices in mm as the header states it, or None.
        bits: Which bits of a pixel count; None for floating-point pixels.
        padding: Lowest and highest stored number that is padding, not image, or None.
        twice: Names of attributes that the file states with different values.
        problem: Contradiction of the header for which the file cannot be read; else empty.
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
    slope: float | None
    intercept: float | None
    study: str = ""
    between: float | None = None
    bits: PixelFormat | None = None
    padding: tuple[float, float] | None = None
    twice: tuple[str, ...] = ()
    problem: str = ""


@contextmanager
def silent() -> Iterator[None]:
    """Let pydicom accept invalid values without warnings, which would quote values and names.

    Yields:
        Nothing; the settings hold within the block.
    """
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        yield


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
        with silent(), opened(path) as stream:
            header = dcmread(stream, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
            return _frames(header, path, sizes_of(stream, header)) if _is_image(header) else []
    except OSError as error:
        raise FileFormatError("cannot be opened; check its permissions") from error
    except FileFormatError:
        raise
    # A damaged file can fail anywhere inside pydicom, with any error, which may quote it.
    except Exception:
        raise FileFormatError("is damaged; get a new copy of it") from None


def _frames(header: Dataset, path: Path, sizes: Sizes) -> list[Frame]:
    """Describe the frames of a file of images, or one of a file that contradicts itself."""
    problem = contradiction(header, sizes)
    if problem:
        return [replace(_frame(header, path, 0), problem=problem)]
    bits = pixel_format(header)
    padded = padding(header, bits)
    return [
        replace(_frame(header, path, n), bits=bits, padding=padded) for n in range(_count(header))
    ]


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


def dataset(source: Path | bytes, *, pixels: bool = False) -> Dataset:
    """Read a whole header within :func:`silent`.

    Args:
        source: The file, or its content.
        pixels: Whether to read the pixels too.

    Returns:
        The header, with a transfer syntax even where the file has none.

    Raises:
        FileFormatError: Packed content that is damaged or out of proportion to the file.
        OSError: The file cannot be read.
    """
    with opened(source) as stream:
        found = dcmread(stream, stop_before_pixels=not pixels, force=True)
    if "TransferSyntaxUID" not in found.file_meta:
        implicit, little = found.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        found.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
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
        description=cleaned(_text(header, "SeriesDescription", "ProtocolName"), header),
        reference=str(header.get("FrameOfReferenceUID") or ""),
        modality=cleaned(_text(header, "Modality"), header) or "?",
        kind=_words(of("MRImageFrameTypeSequence", "FrameType", "ImageType"), header),
        echo=_number(echo),
        size=(int(header.Rows), int(header.Columns)),
        colours=int(header.get("SamplesPerPixel") or 1),
        photometric=str(header.get("PhotometricInterpretation") or "MONOCHROME2"),
        table="ModalityLUTSequence" in header,
        position=None if one_position else _numbers(of(*_POSITION), 3),
        orientation=_numbers(of("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
        spacing=_numbers(of("PixelMeasuresSequence", "PixelSpacing"), 2),
        thickness=_number(thickness),
        slope=_number(slope), intercept=_number(intercept),
        study=str(header.get("StudyInstanceUID") or ""),
        between=_number(of("PixelMeasuresSequence", "SpacingBetweenSlices")),
        twice=stated_twice(header, index),
    )  # fmt: skip


def _uid(header: Dataset, name: str) -> str:
    """Return a UID from the header, or from the file's meta information."""
    return str(header.get(name) or header.file_meta.get(f"MediaStorage{name}") or "")


def _numbers(found: Any, count: int) -> Numbers | None:
    """Return an attribute as ``count`` numbers, or None if it has another count."""
    numbers = () if found is None or isinstance(found, str) else tuple(float(n) for n in found)
    return numbers if len(numbers) == count else None


def _number(found: Any) -> float | None:
    """Return an attribute as a number, or None without one."""
    return None if found is None else float(found)


def _text(header: Dataset, *names: str) -> str:
    """Return the first of several attributes that has a value."""
    return next((str(header.get(name)) for name in names if header.get(name)), "")


def _words(found: Any, header: Dataset) -> tuple[str, ...]:
    """Return an attribute of one or more texts as a tuple, without identifiers."""
    words = [] if found is None else [found] if isinstance(found, str) else found
    return tuple(cleaned(str(word), header) for word in words)
