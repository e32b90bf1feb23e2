"""The header of a derived MR image: what is kept of the source's, what is new, what is left out."""

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
# Only what is named here is taken over: private tags and whatever else a scanner or an archive
# wrote stays behind, and so does what is no longer true of the derived image.
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


def derived_header(source: Dataset, *, name: str, how: str, when: datetime) -> Dataset:
    """Return what all images of a derived series share.

    Args:
        source: Header of an image of the source.
        name: Description of the new series.
        how: How it was derived.
        when: Now.

    Returns:
        A header without geometry, pixels and numbers of its own.
    """
    header = Dataset()
    _take(header, source, _KEPT)
    _take(header, source, _MAY_BE_EMPTY, empty=True)
    for keyword, place in _TIMING.items():
        _set(header, keyword, value(source, 0, *place, fallback=keyword))
    _identify(header, source, name, when)
    _explain(header, source, how[:_LONGEST_TEXT], when)
    header.remove_private_tags()
    return header


def _take(to: Dataset, source: Dataset, names: Iterable[str], *, empty: bool = False) -> None:
    """Copy attributes, but leave out or empty what the standard would not accept."""
    for name in names:
        if name in source and _is_valid(source[name]):
            to.add(deepcopy(source[name]))
        elif empty:
            _set(to, name, None)


def _set(header: Dataset, name: str, found: object) -> None:
    """Set an attribute, empty if there is nothing that the standard would accept."""
    kind = dictionary_VR(name)
    try:
        if kind == "DS" and isinstance(found, float):
            found = DSfloat(found, auto_format=True)
        element = DataElement(name, kind, found)
    except (TypeError, ValueError, OverflowError):
        element = DataElement(name, kind, None)
    header.add(element if _is_valid(element) else DataElement(name, kind, None))


def _is_valid(element: DataElement) -> bool:
    """Tell whether values are what their kind of attribute may hold."""
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
    """Keep patient, study and frame of reference; make a new series."""
    for uid in ("StudyInstanceUID", "FrameOfReferenceUID"):
        setattr(header, uid, source.get(uid) or generate_uid(prefix=None))
    header.SOPClassUID, header.Modality = MRImageStorage, "MR"
    header.SeriesInstanceUID = generate_uid(prefix=None)
    header.SeriesNumber = int(source.get("SeriesNumber") or 0) % 1_000_000 * 100 + 1
    header.SeriesDescription = name[:_LONGEST_NAME]
    header.SeriesDate = header.ContentDate = header.InstanceCreationDate = when.strftime("%Y%m%d")
    header.SeriesTime = header.ContentTime = header.InstanceCreationTime = when.strftime("%H%M%S")


def _explain(header: Dataset, source: Dataset, how: str, when: datetime) -> None:
    """Say that it is derived, how, and by what."""
    header.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    header.DerivationDescription = how
    header.DerivationCodeSequence = [coded(SPATIAL_RESAMPLING)]
    scanner = Dataset()
    _take(scanner, source, EQUIPMENT)
    header.ContributingEquipmentSequence = contributing_equipment(scanner, when, how)
    for name, text in this_software().items():
        setattr(header, name, text)
    # These two may not be empty; an enhanced image tells its sequence in other words.
    header.ScanningSequence = header.get("ScanningSequence") or "RM"
    header.SequenceVariant = header.get("SequenceVariant") or "NONE"
