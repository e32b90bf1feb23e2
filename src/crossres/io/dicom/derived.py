"""The header of a derived MR image: attributes kept from the source, new ones, and none else."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime

from pydicom import DataElement, Dataset
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.uid import MRImageStorage, generate_uid
from pydicom.valuerep import DSfloat, validate_value

from crossres.io.dicom.frames import value
from crossres.io.dicom.references import (
    EQUIPMENT,
    SPATIAL_RESAMPLING,
    coded,
    contributing_equipment,
    this_software,
)

_LONGEST_NAME, _LONGEST_TEXT = 64, 1024
# Only these attributes are kept: private tags and other additions of scanners and archives are
# dropped, and so is everything that is no longer true of the derived image.
_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_STUDY = ("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber")
_KEPT = (
    "SpecificCharacterSet", "IssuerOfPatientID", "PatientBirthTime", "EthnicGroup",
    "PatientComments", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyDescription", "PatientAge", "PatientSize", "PatientWeight", "PregnancyStatus",
    "ProtocolName", "BodyPartExamined", "AcquisitionNumber",
    "AcquisitionDate", "AcquisitionTime", "ScanningSequence", "SequenceVariant", "SequenceName",
    "InversionTime", "NumberOfAverages", "ImagingFrequency", "ImagedNucleus", "EchoNumbers",
    "MagneticFieldStrength", "ContrastBolusAgent", "BurnedInAnnotation",
    "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
)  # fmt: skip
_MAY_BE_EMPTY = (
    *_PATIENT, *_STUDY, "PositionReferenceIndicator", "PatientPosition", "Laterality",
    "ScanOptions",
)  # fmt: skip
_TIMING = {
    "RepetitionTime": ("MRTimingAndRelatedParametersSequence", "RepetitionTime"),
    "EchoTrainLength": ("MRTimingAndRelatedParametersSequence", "EchoTrainLength"),
    "FlipAngle": ("MRTimingAndRelatedParametersSequence", "FlipAngle"),
    "EchoTime": ("MREchoSequence", "EffectiveEchoTime"),
    "MRAcquisitionType": ("", "MRAcquisitionType"),
}


def derived_header(source: Dataset, *, name: str, derivation: str, when: datetime) -> Dataset:
    """Make the header that all images of a derived series share.

    Args:
        source: Header of an image of the source.
        name: Description of the new series; cut to 64 characters.
        derivation: How it was derived; cut to 1024 characters.
        when: Time of the derivation.

    Returns:
        A header without geometry, pixels, and the number and UID of an image.
    """
    header = Dataset()
    _take(header, source, _KEPT)
    _take(header, source, _MAY_BE_EMPTY, empty=True)
    for keyword, place in _TIMING.items():
        _set(header, keyword, value(source, 0, *place, fallback=keyword))
    _identify(header, source, name, when)
    _add_derivation(header, source, derivation[:_LONGEST_TEXT], when)
    header.remove_private_tags()
    return header


def _take(to: Dataset, source: Dataset, names: Iterable[str], *, empty: bool = False) -> None:
    """Copy attributes, but leave out, or leave empty, values that the standard does not allow."""
    for name in names:
        if name in source and _is_valid(source[name]):
            to.add(deepcopy(source[name]))
        elif empty:
            _set(to, name, None)


def _set(header: Dataset, name: str, found: object) -> None:
    """Set an attribute; empty if the standard does not allow the value."""
    kind = dictionary_VR(name)
    try:
        if kind == "DS" and isinstance(found, float):
            found = DSfloat(found, auto_format=True)
        element = DataElement(name, kind, found)
    except (TypeError, ValueError, OverflowError):
        element = DataElement(name, kind, None)
    header.add(element if _is_valid(element) else DataElement(name, kind, None))


def _is_valid(element: DataElement) -> bool:
    """Return whether the values of an attribute are valid for its type."""
    if element.VR == "SQ":
        return True
    values = element.value if element.VM > 1 else [element.value]
    try:
        for one in values:
            plain = isinstance(one, int | float) and element.VR not in ("DS", "IS")
            validate_value(element.VR, one if plain or one is None else str(one), RAISE)
    except ValueError:
        return False
    return True


def _identify(header: Dataset, source: Dataset, name: str, when: datetime) -> None:
    """Keep study and frame of reference, and make a new series."""
    for uid in ("StudyInstanceUID", "FrameOfReferenceUID"):
        setattr(header, uid, source.get(uid) or generate_uid(prefix=None))
    header.SOPClassUID, header.Modality = MRImageStorage, "MR"
    header.SeriesInstanceUID = generate_uid(prefix=None)
    header.SeriesNumber = int(source.get("SeriesNumber") or 0) % 1_000_000 * 100 + 1
    header.SeriesDescription = name[:_LONGEST_NAME]
    header.SeriesDate = header.ContentDate = header.InstanceCreationDate = when.strftime("%Y%m%d")
    header.SeriesTime = header.ContentTime = header.InstanceCreationTime = when.strftime("%H%M%S")


def _add_derivation(header: Dataset, source: Dataset, derivation: str, when: datetime) -> None:
    """Mark the image as derived, with the derivation and the equipment."""
    header.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    header.DerivationDescription = derivation
    header.DerivationCodeSequence = [coded(SPATIAL_RESAMPLING)]
    scanner = Dataset()
    _take(scanner, source, EQUIPMENT)
    header.ContributingEquipmentSequence = contributing_equipment(scanner, when, derivation)
    for name, text in this_software().items():
        setattr(header, name, text)
    # These two may not be empty; an enhanced image states its sequence in other attributes.
    header.ScanningSequence = header.get("ScanningSequence") or "RM"
    header.SequenceVariant = header.get("SequenceVariant") or "NONE"
