"""Codes and references of a derived image: its source images and its equipment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from importlib import metadata

import numpy as np
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.series import Series
from crossres.volume import Grid

SPATIAL_RESAMPLING: Code = codes.DCM.SpatialResampling
_SOURCE: Code = codes.DCM.SourceImageForImageProcessingOperation
_ACQUISITION: Code = codes.DCM.AcquisitionEquipment
_PROCESSING: Code = codes.DCM.ProcessingEquipment
_TOUCHING = 1e-3
EQUIPMENT = (
    "Manufacturer", "InstitutionName", "StationName", "ManufacturerModelName",
    "DeviceSerialNumber", "SoftwareVersions",
)  # fmt: skip


def coded(code: Code) -> Dataset:
    """Return a code as an item of a sequence.

    Args:
        code: Code of a DICOM terminology.

    Returns:
        The item, with value, scheme and meaning.
    """
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def source_images(sources: Iterable[Series], grid: Grid, k: int) -> list[Dataset]:
    """Return references to the source images that overlap slice ``k`` of a grid.

    Args:
        sources: Series from which the derived image was computed.
        grid: Grid of the derived image.
        k: Number of the slice, from 0.

    Returns:
        One item per image, or for the nearest one if none overlaps; with the numbers of the frames
        for multi-frame images.

    Raises:
        GridError: A series that makes no regular grid.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for series in sources:
        for frame in _overlapping(series, grid, k):
            numbers = found.setdefault((frame.sop_class, frame.instance), [])
            numbers.extend([frame.index + 1] * frame.several)
    return [_reference(*image, tuple(sorted(numbers))) for image, numbers in found.items()]


def _overlapping(series: Series, grid: Grid, k: int) -> list[Frame]:
    """Return the frames of a series that overlap a slice of a grid, at least the nearest one."""
    corners = np.array([[i, j, k, 1] for i in (0, grid.shape[0]) for j in (0, grid.shape[1])])
    places = (np.linalg.inv(series.grid.affine) @ grid.affine @ corners.T)[2]
    last = len(series.places) - 1
    start = math.floor(places.min() - 1 + _TOUCHING) + 1
    end = math.ceil(places.max() + 1 - _TOUCHING) - 1
    start, end = min(max(start, 0), last), min(max(end, 0), last)
    return [series.places[n][0] for n in range(start, end + 1)]


@lru_cache(maxsize=4096)
def _reference(sop_class: str, instance: str, numbers: tuple[int, ...]) -> Dataset:
    """Return the reference to an image, or to frames of it."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
    if numbers:
        item.ReferencedFrameNumber = list(numbers)
    item.PurposeOfReferenceCodeSequence = [coded(_SOURCE)]
    return item


def this_software() -> dict[str, str]:
    """Return the equipment attributes of crossres.

    Returns:
        Manufacturer, model and version, by the name of the attribute.
    """
    version = metadata.version("crossres")
    names = {"Manufacturer": "crossres", "ManufacturerModelName": "crossres"}
    return {**names, "SoftwareVersions": version}


def contributing_equipment(source: Dataset, when: datetime, description: str) -> list[Dataset]:
    """Return items for the scanner that acquired the source, and for crossres.

    Args:
        source: Valid attributes of the scanner; changed in place.
        when: Time of the processing.
        description: Description of the processing, up to 1024 characters.

    Returns:
        The items; that of the scanner is left out if its manufacturer is unknown.
    """
    processing = Dataset()
    for name, value in this_software().items():
        setattr(processing, name, value)
    processing.ContributionDateTime = when.strftime("%Y%m%d%H%M%S")
    processing.ContributionDescription = description
    processing.PurposeOfReferenceCodeSequence = [coded(_PROCESSING)]
    if not source.get("Manufacturer"):
        return [processing]
    source.PurposeOfReferenceCodeSequence = [coded(_ACQUISITION)]
    return [source, processing]
